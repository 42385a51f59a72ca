import { useEffect, useRef, type ReactNode } from 'react'

/** A screen's title and what can be done there. Takes the focus when the screen opens, so that it is read out. */
export function PageHeader(props: {
  readonly title: string
  readonly children?: ReactNode
  readonly actions?: ReactNode
}) {
  const heading = useRef<HTMLHeadingElement>(null)
  useEffect(() => {
    document.title = `${props.title} · Gatehouse`
  }, [props.title])
  useEffect(() => {
    // Not when the page is loaded, nor while somebody is in a dialog.
    if (document.activeElement === document.body && document.hasFocus()) heading.current?.focus({ preventScroll: true })
  }, [])
  return (
    <header className="flex min-h-12 shrink-0 flex-wrap items-center gap-x-4 gap-y-2 border-b border-line px-4 py-2">
      <h1 ref={heading} tabIndex={-1} className="text-xl wrap-anywhere outline-none">
        {props.title}
      </h1>
      <div className="flex min-w-0 grow items-center gap-2">{props.children}</div>
      <div className="flex shrink-0 items-center gap-2">{props.actions}</div>
    </header>
  )
}

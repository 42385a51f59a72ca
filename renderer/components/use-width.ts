import { useLayoutEffect, useState, type RefObject } from 'react'

/** Width of an element in CSS pixels, live; Infinity before it is known. */
export function useWidth(element: RefObject<HTMLElement | null>): number {
  const [widthPx, setWidthPx] = useState(Infinity)
  useLayoutEffect(() => {
    const observed = element.current
    if (observed === null) return undefined
    setWidthPx(observed.clientWidth)
    const observer = new ResizeObserver(() => setWidthPx(observed.clientWidth))
    observer.observe(observed)
    return () => observer.disconnect()
  }, [element])
  return widthPx
}

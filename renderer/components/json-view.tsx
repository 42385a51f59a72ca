import { CopyButton } from './copy-button.js'

/** JSON laid out for reading; any other text as it is. Never interpreted as markup. */
export function JsonView({ text, label }: { readonly text: string; readonly label: string }) {
  return <RawText text={prettyJson(text)} label={label} />
}

/** Text exactly as it is, to be read and copied. */
export function RawText({ text, label }: { readonly text: string; readonly label: string }) {
  return (
    <div className="relative min-w-0 rounded-control border border-line bg-bg">
      <div className="absolute end-1 top-1">
        <CopyButton text={text} what={label} />
      </div>
      <pre
        tabIndex={0}
        aria-label={label}
        role="region"
        className="max-h-96 overflow-auto p-2 pe-10 font-mono text-sm wrap-anywhere whitespace-pre-wrap"
      >
        {text}
      </pre>
    </div>
  )
}

export function prettyJson(text: string): string {
  try {
    return JSON.stringify(JSON.parse(text), null, 2)
  } catch {
    return text
  }
}

/** An editor for text with a syntax. Its code is fetched when the first one is shown. */
import { lazy, Suspense } from 'react'
import type { CodeMirrorProps } from './code-mirror.js'
import { Skeleton } from './spinner.js'

const CodeMirror = lazy(async () => ({ default: (await import('./code-mirror.js')).CodeMirror }))

export type CodeEditorProps = CodeMirrorProps

export function CodeEditor(props: CodeEditorProps) {
  return (
    <Suspense fallback={<Skeleton lines={4} />}>
      <CodeMirror {...props} />
    </Suspense>
  )
}

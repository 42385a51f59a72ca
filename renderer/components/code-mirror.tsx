/**
 * CodeMirror, in a shadow root: there it adopts style sheets, where in the document it would add a style element, which
 * the page's content security policy does not allow.
 */
import { defaultKeymap, history, historyKeymap } from '@codemirror/commands'
import { json } from '@codemirror/lang-json'
import { yaml } from '@codemirror/lang-yaml'
import { defaultHighlightStyle, foldGutter, syntaxHighlighting } from '@codemirror/language'
import { unifiedMergeView } from '@codemirror/merge'
import { Compartment, EditorState, type Extension } from '@codemirror/state'
import { Decoration, EditorView, keymap, lineNumbers } from '@codemirror/view'
import { useEffect, useRef } from 'react'

export interface CodeMirrorProps {
  readonly label: string
  readonly language: 'json' | 'yaml' | 'text'
  readonly value: string
  /** Left out, the text is for reading only. */
  readonly onChange?: (value: string) => void
  /** What it was before: differences are then marked. */
  readonly original?: string
  /** Lines that something is wrong with, counted from 1. */
  readonly marks?: readonly LineMark[]
}

export interface LineMark {
  readonly line: number
  readonly message: string
}

const theme = EditorView.theme({
  '&': { backgroundColor: 'var(--raised)', color: 'var(--fg)', fontSize: '0.75rem', height: '100%' },
  '&.cm-focused': { outline: '2px solid var(--focus)', outlineOffset: '-2px' },
  '.cm-scroller': { fontFamily: "'IBM Plex Mono', ui-monospace, monospace", lineHeight: '1.125rem' },
  '.cm-gutters': { backgroundColor: 'var(--bg)', color: 'var(--fg-3)', borderInlineEnd: '1px solid var(--line)' },
  '.cm-content': { caretColor: 'var(--fg)' },
  '&.cm-focused .cm-selectionBackground, .cm-selectionBackground': { backgroundColor: 'var(--selected)' },
  '.cm-changedLine': { backgroundColor: 'var(--added-bg)' },
  '.cm-deletedChunk': { backgroundColor: 'var(--removed-bg)', color: 'var(--removed)' },
  '.cm-markedLine': { backgroundColor: 'var(--tint-deny)', boxShadow: 'inset 3px 0 0 var(--deny)' },
  // One colour for all: the highlighter's own do not read on both themes.
  '.cm-line span': { color: 'inherit' },
})

const noMarks: readonly LineMark[] = []

export function CodeMirror({ label, language, value, onChange, original, marks = noMarks }: CodeMirrorProps) {
  const host = useRef<HTMLDivElement>(null)
  const view = useRef<EditorView>(undefined)
  const latestOnChange = useRef(onChange)
  const initialValue = useRef(value)
  const marked = useRef(new Compartment())
  const readOnly = onChange === undefined
  useEffect(() => {
    latestOnChange.current = onChange
    initialValue.current = value
  })
  useEffect(() => {
    if (host.current === null) return undefined
    const root = host.current.shadowRoot ?? host.current.attachShadow({ mode: 'open' })
    const listen = EditorView.updateListener.of((update) => {
      if (update.docChanged) latestOnChange.current?.(update.state.doc.toString())
    })
    const made = new EditorView({
      root,
      parent: root,
      state: EditorState.create({
        doc: initialValue.current,
        extensions: [...extensionsFor(language, label, readOnly, original), listen, marked.current.of([])],
      }),
    })
    view.current = made
    return () => made.destroy()
  }, [language, label, readOnly, original])
  useEffect(() => {
    const shown = view.current?.state.doc.toString()
    if (view.current !== undefined && shown !== undefined && shown !== value)
      view.current.dispatch({ changes: { from: 0, to: shown.length, insert: value } })
  }, [value])
  useEffect(() => {
    view.current?.dispatch({ effects: marked.current.reconfigure(markLines(marks)) })
  }, [marks, language, label, readOnly, original])
  return <div ref={host} className="min-h-24 overflow-hidden rounded-control border border-line-strong" />
}

function extensionsFor(
  language: CodeMirrorProps['language'],
  label: string,
  readOnly: boolean,
  original: string | undefined,
): readonly Extension[] {
  return [
    lineNumbers(),
    foldGutter(),
    history(),
    // Mod-Enter is for the page: it sends.
    keymap.of([...defaultKeymap.filter(({ key }) => key !== 'Mod-Enter'), ...historyKeymap]),
    syntaxHighlighting(defaultHighlightStyle, { fallback: true }),
    EditorView.lineWrapping,
    EditorView.contentAttributes.of({ 'aria-label': label, tabindex: '0' }),
    EditorState.readOnly.of(readOnly),
    EditorView.editable.of(!readOnly),
    theme,
    ...(language === 'json' ? [json()] : language === 'yaml' ? [yaml()] : []),
    ...(original === undefined ? [] : [unifiedMergeView({ original, mergeControls: false })]),
  ]
}

/** Looks at the lines of these numbers, and says on each what is wrong. */
function markLines(marks: readonly LineMark[]): Extension {
  if (marks.length === 0) return []
  return EditorView.decorations.of(({ state: { doc } }) =>
    Decoration.set(
      marks
        .filter(({ line }) => line >= 1 && line <= doc.lines)
        .map(({ line, message }) =>
          Decoration.line({ class: 'cm-markedLine', attributes: { title: message } }).range(doc.line(line).from),
        ),
      true,
    ),
  )
}

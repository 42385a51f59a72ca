/** The filter: its terms as chips, and a text for the next ones, with what may come next and where it is wrong. */
import { Autocomplete } from '@base-ui/react/autocomplete'
import { useQuery } from '@tanstack/react-query'
import { Search, X } from 'lucide-react'
import { useMemo, useRef, useState, type KeyboardEvent, type Ref } from 'react'
import { useTranslation } from 'react-i18next'
import { listServersOptions, type Exchange } from '../../client/api.js'
import { useCommand } from '../../commands/use-command.js'
import { classNames } from '../../components/class-names.js'
import { itemLook, popupLook } from '../../components/popup-look.js'
import { faultOf, knownValues, suggestionsFor, termsOf, withTerms } from './filter-terms.js'

export interface FilterBarProps {
  readonly q: string
  readonly onChange: (q: string) => void
  /** The rows on screen, for suggestions. */
  readonly rows: () => readonly Exchange[]
  /** Escape in an empty text: back to the list. */
  readonly onLeave: () => void
}

export function FilterBar({ q, onChange, rows, onLeave }: FilterBarProps) {
  const { t } = useTranslation()
  const input = useRef<HTMLInputElement>(null)
  const [text, setText] = useState('')
  const terms = termsOf(q)
  const wrong = faultOf(q) !== undefined
  const fault = text === '' ? undefined : faultOf(text)
  useCommand('filter', () => input.current?.focus())
  const add = (): void => {
    if (text.trim() === '' || fault !== undefined) return
    onChange(withTerms(wrong ? [] : terms, text))
    setText('')
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (event.key === 'Backspace' && text === '' && terms.length > 0) {
      setText(terms.at(-1) ?? '')
      onChange(terms.slice(0, -1).join(' '))
    } else if (event.key === 'Escape' && text === '') onLeave()
    else if (event.key === 'Escape') setText('')
    else return
    event.preventDefault()
  }
  return (
    <div className="relative min-w-40 flex-1">
      <div
        className={classNames(
          'flex min-h-7 flex-wrap items-center gap-1 rounded-control border border-line-strong bg-raised py-0.5 ps-2 pe-1 has-[input:focus-visible]:outline-2 has-[input:focus-visible]:outline-offset-1 has-[input:focus-visible]:outline-focus',
          (wrong || fault !== undefined) && 'border-deny',
        )}
      >
        <Search size={14} aria-hidden className="shrink-0 text-fg-3" />
        <Chips
          terms={terms}
          wrong={wrong}
          onRemove={(index) => onChange(terms.filter((_term, at) => at !== index).join(' '))}
        />
        <FilterText
          ref={input}
          {...{ text, rows, onKeyDown }}
          invalid={fault !== undefined}
          onText={setText}
          onEnter={add}
          placeholder={t('inspector.filter.placeholder')}
        />
      </div>
      {fault !== undefined && <Fault text={text} position={fault.position} message={fault.message} />}
    </div>
  )
}

function Chips(props: {
  readonly terms: readonly string[]
  readonly wrong: boolean
  readonly onRemove: (index: number) => void
}) {
  const { t } = useTranslation()
  return props.terms.map((term, index) => (
    <span
      key={term}
      data-tone={props.wrong ? 'deny' : 'neutral'}
      className={classNames(
        'inline-flex h-5 max-w-56 items-center rounded-control ps-1.5 font-mono text-xs',
        props.wrong
          ? 'bg-tint-deny text-deny'
          : term.startsWith('-')
            ? 'bg-hover text-fg-2'
            : 'bg-selected text-accent',
      )}
    >
      <span className="truncate">{term}</span>
      <button
        type="button"
        aria-label={t('inspector.filter.remove', { term })}
        onClick={() => props.onRemove(index)}
        className="relative flex size-5 shrink-0 items-center justify-center rounded-control after:absolute after:-inset-0.5 hover:text-fg"
      >
        <X size={11} aria-hidden />
      </button>
    </span>
  ))
}

interface FilterTextProps {
  readonly ref: Ref<HTMLInputElement>
  readonly text: string
  readonly rows: () => readonly Exchange[]
  readonly invalid: boolean
  readonly placeholder: string
  readonly onText: (text: string) => void
  readonly onEnter: () => void
  readonly onKeyDown: (event: KeyboardEvent) => void
}

function FilterText({ ref, text, rows, invalid, placeholder, onText, onEnter, onKeyDown }: FilterTextProps) {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  const highlighted = useRef<string>(undefined)
  const servers = useQuery(listServersOptions()).data?.items
  const suggestions = useMemo(
    () => (open ? suggestionsFor(text, knownValues(rows(), servers?.map(({ slug }) => slug) ?? [])) : []),
    [open, text, rows, servers],
  )
  return (
    <Autocomplete.Root
      items={suggestions}
      filter={null}
      value={text}
      onValueChange={(next) => onText(next)}
      open={open && suggestions.length > 0}
      onOpenChange={setOpen}
      onItemHighlighted={(item) => (highlighted.current = item)}
      openOnInputClick
    >
      <Autocomplete.Input
        ref={ref}
        aria-label={t('inspector.filter.label')}
        aria-invalid={invalid ? true : undefined}
        aria-describedby={invalid ? 'filter-fault' : undefined}
        placeholder={placeholder}
        spellCheck={false}
        maxLength={1024}
        onKeyDown={(event) => {
          if (event.key === 'Enter' && (!open || highlighted.current === undefined)) {
            onEnter()
            setOpen(false)
          } else if (event.key !== 'Escape' || !open || suggestions.length === 0) onKeyDown(event)
        }}
        className="h-5 min-w-32 flex-1 bg-transparent font-mono text-sm outline-none"
      />
      <Autocomplete.Portal>
        <Autocomplete.Positioner sideOffset={6} align="start" className="z-30">
          <Autocomplete.Popup className={classNames(popupLook, 'min-w-56')}>
            <Autocomplete.List>
              {(item: string) => (
                <Autocomplete.Item
                  key={item}
                  value={item}
                  onClick={() => {
                    // A field is only half a term; its values come next.
                    if (item.endsWith(':')) queueMicrotask(() => setOpen(true))
                  }}
                  className={classNames(itemLook, 'font-mono text-sm')}
                >
                  <span className="max-w-lg truncate">{item}</span>
                </Autocomplete.Item>
              )}
            </Autocomplete.List>
          </Autocomplete.Popup>
        </Autocomplete.Positioner>
      </Autocomplete.Portal>
    </Autocomplete.Root>
  )
}

/** What is wrong with the text, and beneath it the place. */
function Fault(props: { readonly text: string; readonly position: number; readonly message: string }) {
  const { t } = useTranslation()
  return (
    <div
      id="filter-fault"
      role="alert"
      className="absolute end-0 top-full z-20 mt-1 grid max-w-full gap-1 rounded-card border border-deny bg-raised px-3 py-2 text-sm shadow-overlay"
    >
      <span className="text-deny">
        {t('inspector.filter.fault', { position: String(props.position + 1), message: props.message })}
      </span>
      <code className="truncate font-mono">
        {props.text.slice(0, props.position)}
        <mark className="bg-tint-deny text-deny underline decoration-wavy underline-offset-2">
          {props.text.slice(props.position) || ' '}
        </mark>
      </code>
    </div>
  )
}

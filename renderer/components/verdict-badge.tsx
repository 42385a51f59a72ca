import { useTranslation } from 'react-i18next'
import { classNames } from './class-names.js'
import { toneText, type Tone } from './tone.js'

/** `unchecked`: Shield failed and the call went on; `stopped`: Shield failed and the call did not. */
export type ShownVerdict = 'allow' | 'deny' | 'unchecked' | 'stopped' | 'modified' | 'pending' | 'off'

const looks: Readonly<Record<ShownVerdict, readonly [Tone, string]>> = {
  allow: ['allow', 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM5 8.2l2 2 4-4.4'],
  deny: ['deny', 'M5.3 1.5h5.4l3.8 3.8v5.4l-3.8 3.8H5.3l-3.8-3.8V5.3ZM5.5 5.5l5 5m0-5-5 5'],
  unchecked: ['open', 'M8 2 1.5 13.5h4M8 2l6.5 11.5h-4M8 6.5v3M8 11.6v.1'],
  stopped: ['deny', 'M8 1.5 14.5 8 8 14.5 1.5 8Z'],
  modified: ['pending', 'M3 6h10M3 10h10M10.5 3l-5 10'],
  pending: ['pending', 'M8 1.5a6.5 6.5 0 1 0 0 13 6.5 6.5 0 0 0 0-13ZM8 4v4h4'],
  off: ['neutral', 'M4 8h8'],
}

/** What Shield said: a shape and a word, and a colour beside them. `glyphOnly` in lists; the word is then only heard. */
export function VerdictBadge(props: { readonly verdict: ShownVerdict; readonly glyphOnly?: boolean }) {
  const { t } = useTranslation()
  const [tone, path] = looks[props.verdict]
  return (
    <span className={classNames('inline-flex items-baseline gap-1 font-medium whitespace-nowrap', toneText[tone])}>
      <svg aria-hidden viewBox="0 0 16 16" className="size-4 shrink-0 self-center">
        <path d={path} fill="none" stroke="currentColor" strokeWidth="1.6" strokeLinejoin="round" />
      </svg>
      <span className={props.glyphOnly === true ? 'sr-only' : undefined}>{t(`kit.verdict.${props.verdict}`)}</span>
    </span>
  )
}

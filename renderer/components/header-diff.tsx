/** Headers on their way: what became of each, by a sign, a word that is heard, and a tint. */
import { LockKeyhole } from 'lucide-react'
import type { ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { classNames } from './class-names.js'

export type HeaderFate = 'forwarded' | 'stripped' | 'injected' | 'replaced' | 'generated' | 'blocked'

export interface HeaderLine {
  readonly fate: HeaderFate
  readonly name: string
  /** Already masked where `masked` is true. */
  readonly value: string
  /** Of a replaced header, what the agent had sent. */
  readonly before?: string
  readonly masked: boolean
  /** Where it came from and why, in words. */
  readonly why: ReactNode
}

const looks: Readonly<Record<HeaderFate, readonly [string, string]>> = {
  forwarded: ['=', 'text-fg-2'],
  stripped: ['−', 'bg-removed-bg text-removed'],
  injected: ['+', 'bg-added-bg text-added'],
  replaced: ['~', 'bg-changed-bg text-changed'],
  generated: ['•', 'text-fg-3'],
  blocked: ['⨯', 'bg-tint-deny text-deny'],
}

export function HeaderDiff({ label, lines }: { readonly label: string; readonly lines: readonly HeaderLine[] }) {
  return (
    <table aria-label={label} className="w-full table-fixed border-collapse text-sm">
      <colgroup>
        <col className="w-7" />
        <col className="w-[30%]" />
        <col />
        <col className="w-[30%]" />
      </colgroup>
      <tbody>
        {lines.map((line, index) => (
          <HeaderRow key={`${line.fate} ${line.name} ${index}`} line={line} />
        ))}
      </tbody>
    </table>
  )
}

function HeaderRow({ line }: { readonly line: HeaderLine }) {
  const { t } = useTranslation()
  const [sign, look] = looks[line.fate]
  const cell = 'px-2 py-1 align-top wrap-anywhere'
  return (
    <tr data-tone={line.fate} className={classNames('border-b border-line', look)}>
      <td className={classNames(cell, 'pe-0 font-mono')}>
        <span aria-hidden>{sign}</span>
        <span className="sr-only">{t(`kit.disposition.${line.fate}`)}</span>
      </td>
      <th
        scope="row"
        className={classNames(cell, 'text-start font-mono font-normal', line.fate === 'stripped' && 'line-through')}
      >
        {line.name}
      </th>
      <td className={classNames(cell, 'font-mono')}>
        {line.before !== undefined && <del className="block">{line.before}</del>}
        {line.masked && <LockKeyhole size={11} role="img" aria-label={t('kit.masked')} className="me-1 inline" />}
        {line.value}
      </td>
      <td className={classNames(cell, 'text-fg-2')}>{line.why}</td>
    </tr>
  )
}

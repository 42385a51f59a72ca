/** The policies, those to begin with, and beside them the one that is read or written. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { Plus } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import {
  api,
  listStarterPoliciesOptions,
  putPolicyMutation,
  type ListStarterPoliciesResponse,
} from '../../client/api.js'
import { useCommand } from '../../commands/use-command.js'
import { Badge } from '../../components/badge.js'
import { Button } from '../../components/button.js'
import { classNames } from '../../components/class-names.js'
import { showToast } from '../../components/toast.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import type { Policy } from '../../features/shield/policy.js'
import { isOff } from '../../features/shield/policy-switch.js'
import { PolicyEditor } from './policy-editor.js'

type Starter = ListStarterPoliciesResponse['items'][number]

export interface PoliciesProps {
  readonly policies: readonly Policy[]
  /** Name of one; empty for one that is being written. */
  readonly selected: string | undefined
  readonly onSelect: (name: string | undefined) => void
}

export function Policies({ policies, selected, onSelect }: PoliciesProps) {
  const { t } = useTranslation()
  const add = (): void => onSelect('')
  useCommand('addPolicy', add)
  const chosen = policies.find(({ name }) => name === selected)
  const isEditing = chosen !== undefined || selected === ''
  return (
    <div className="grid h-full min-h-0 grid-cols-[minmax(12rem,18rem)_minmax(0,1fr)]">
      <aside className="grid min-h-0 grid-cols-1 content-start gap-2 overflow-auto border-e border-line bg-panel p-2">
        <Button icon={<Plus size={14} aria-hidden />} command="addPolicy" onClick={add}>
          {t('shield.policies.add')}
        </Button>
        <ul aria-label={t('shield.policies.list')} className="grid">
          {policies.map((policy) => (
            <PolicyRow
              key={`${policy.profile ?? ''}/${policy.name}`}
              policy={policy}
              selected={policy === chosen}
              onSelect={onSelect}
            />
          ))}
        </ul>
      </aside>
      <div className="min-h-0 overflow-auto p-4">
        {isEditing ? (
          <PolicyEditor
            key={selected}
            policy={chosen}
            onSaved={(name) => onSelect(name)}
            onClose={() => onSelect(undefined)}
          />
        ) : (
          <Starters policies={policies} onOpen={onSelect} />
        )}
      </div>
    </div>
  )
}

function PolicyRow(props: {
  readonly policy: Policy
  readonly selected: boolean
  readonly onSelect: (name: string) => void
}) {
  const { t } = useTranslation()
  const { name, profile, text } = props.policy
  return (
    <li>
      <button
        type="button"
        aria-current={props.selected ? 'true' : undefined}
        onClick={() => props.onSelect(name)}
        className={classNames(
          'flex min-h-7 w-full items-center gap-2 rounded-control px-2 text-start -outline-offset-2 hover:bg-hover',
          props.selected && 'bg-selected font-medium',
        )}
      >
        <span className="min-w-0 grow truncate">{name}</span>
        {isOff(text) && <Badge>{t('shield.policies.isOff')}</Badge>}
        <span className="max-w-24 shrink-0 truncate text-sm text-fg-2">
          {profile === undefined ? t('shield.policies.mine') : t('shield.policies.ofProfile', { profile })}
        </span>
      </button>
    </li>
  )
}

function Starters({
  policies,
  onOpen,
}: {
  readonly policies: readonly Policy[]
  readonly onOpen: (name: string) => void
}) {
  const { t } = useTranslation()
  const starters = useQuery(listStarterPoliciesOptions())
  const put = useMutation(putPolicyMutation())
  const left = (starters.data?.items ?? []).filter(({ name }) => !policies.some((policy) => policy.name === name))
  const turnOn = (starter: Starter): void =>
    put.mutate(
      { path: { name: starter.name }, body: { text: starter.text } },
      {
        onSuccess: () => {
          onOpen(starter.name)
          showToast({
            title: t('shield.policies.turnedOn', { name: starter.name }),
            undo: () => void api.removePolicy({ path: { name: starter.name } }),
          })
        },
      },
    )
  return (
    <div className="mx-auto grid max-w-2xl gap-4">
      <div className="grid gap-1">
        {policies.length === 0 && <p className="text-lg font-medium">{t('shield.policies.none')}</p>}
        <p className="text-fg-2">{t(policies.length === 0 ? 'shield.policies.noneText' : 'shield.policies.choose')}</p>
      </div>
      {(starters.error ?? put.error) !== null && <ErrorCard error={starters.error ?? put.error} />}
      <ul aria-label={t('shield.policies.starters')} className="grid gap-2">
        {left.map((starter) => (
          <li key={starter.name} className="flex items-center gap-3 rounded-card border border-line bg-panel px-4 py-2">
            <span className="min-w-0 grow">{starter.title}</span>
            <Button loading={put.isPending} onClick={() => turnOn(starter)}>
              {t('shield.policies.turnOn')}
              <span className="sr-only">{starter.name}</span>
            </Button>
          </li>
        ))}
      </ul>
    </div>
  )
}

/** What waits for a person, and deciding it by pointer or keyboard. */
import { useQuery } from '@tanstack/react-query'
import { useEffect, useState, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { listApprovalsOptions } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { EmptyState } from '../../components/empty-state.js'
import { JsonView } from '../../components/json-view.js'
import { showToast } from '../../components/toast.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { useDecision, type Approval } from '../../features/shield/use-approvals.js'

/** How long an approval holds for further calls of the same tool by the same caller, where a person wants that. */
const rememberedMs = 60 * 60 * 1000

type CallApproval = Extract<Approval, { kind: 'call' }>
type ToolApproval = Extract<Approval, { kind: 'tool' }>

export function Approvals() {
  const { t } = useTranslation()
  const { data, error } = useQuery(listApprovalsOptions())
  const refused = useQuery(listApprovalsOptions({ query: { status: 'denied' } })).data?.items ?? []
  const items = data?.items ?? []
  return (
    <div className="mx-auto grid w-full max-w-4xl grid-cols-1 gap-4 p-4">
      {error !== null && <ErrorCard error={error} quiet />}
      {data !== undefined && items.length === 0 && (
        <EmptyState title={t('shield.approvals.none')} text={t('shield.approvals.noneText')} />
      )}
      {items.length > 0 && (
        <>
          <h2 className="sr-only">{t('shield.approvals.list')}</h2>
          <p className="text-sm text-fg-2">{t('shield.approvals.hint')}</p>
          <ApprovalList label={t('shield.approvals.list')} items={items} />
        </>
      )}
      {refused.length > 0 && (
        <section className="grid gap-2">
          <h2 className="text-lg">{t('shield.approvals.refused')}</h2>
          <ApprovalList label={t('shield.approvals.refused')} items={refused} />
        </section>
      )}
    </div>
  )
}

function ApprovalList({ label, items }: { readonly label: string; readonly items: readonly Approval[] }) {
  return (
    <ul aria-label={label} className="grid gap-3">
      {items.map((approval) => (
        <ApprovalItem key={approval.id} approval={approval} />
      ))}
    </ul>
  )
}

function ApprovalItem({ approval }: { readonly approval: Approval }) {
  const { t } = useTranslation()
  const decision = useDecision()
  const what = useTitle(approval)
  const decide = (decided: 'allow' | 'deny', rememberMs?: number): void => {
    if (decision.isPending) return
    decision.mutate(
      { path: { id: approval.id }, body: { decision: decided, ...(rememberMs !== undefined && { rememberMs }) } },
      {
        onSuccess: () =>
          showToast({
            title: t(decided === 'allow' ? 'shield.approvals.allowed' : 'shield.approvals.denied', { what }),
          }),
      },
    )
  }
  const onKeyDown = (event: KeyboardEvent<HTMLLIElement>): void => {
    if (event.target !== event.currentTarget || event.ctrlKey || event.metaKey || event.altKey) return
    const key = event.key.toLowerCase()
    if (key === 'a' || key === 'd') decide(key === 'a' ? 'allow' : 'deny')
    else if (key === 'arrowdown' || key === 'j') focusSibling(event.currentTarget.nextElementSibling)
    else if (key === 'arrowup' || key === 'k') focusSibling(event.currentTarget.previousElementSibling)
    else return
    event.preventDefault()
  }
  const isRefused = approval.status === 'denied'
  return (
    <li
      tabIndex={0}
      aria-label={what}
      onKeyDown={onKeyDown}
      className="grid grid-cols-1 gap-3 rounded-card border border-line bg-panel p-4"
    >
      <header className="flex flex-wrap items-baseline gap-x-3 gap-y-1">
        <h3 className="min-w-0 grow font-medium wrap-anywhere">{what}</h3>
        {approval.kind === 'call' && <Deadline endsAt={approval.expiresAt} />}
      </header>
      {approval.kind === 'call' ? <CallFacts approval={approval} /> : <ToolFacts approval={approval} />}
      {decision.error !== null && <ErrorCard error={decision.error} />}
      <div className="flex gap-2">
        <Button variant="primary" loading={decision.isPending} onClick={() => decide('allow')}>
          {t('shield.approvals.allow')}
        </Button>
        {approval.kind === 'call' && (
          <Button loading={decision.isPending} onClick={() => decide('allow', rememberedMs)}>
            {t('shield.approvals.remember')}
          </Button>
        )}
        {!isRefused && (
          <Button variant="danger" loading={decision.isPending} onClick={() => decide('deny')}>
            {t('shield.approvals.deny')}
          </Button>
        )}
      </div>
    </li>
  )
}

function focusSibling(sibling: Element | null): void {
  if (sibling instanceof HTMLElement) sibling.focus()
}

function useTitle(approval: Approval): string {
  const { t } = useTranslation()
  const { server } = approval
  if (approval.kind === 'call')
    return t('shield.approvals.call', { caller: approval.caller, tool: approval.tool ?? approval.method, server })
  return t(approval.change === 'added' ? 'shield.approvals.added' : 'shield.approvals.changed', {
    tool: approval.tool,
    server,
  })
}

/** Whole seconds, so that a screen reader is not told of each. */
function Deadline({ endsAt }: { readonly endsAt: string }) {
  const { t } = useTranslation()
  const [nowMs, setNowMs] = useState(() => Date.now())
  useEffect(() => {
    const timer = setInterval(() => setNowMs(Date.now()), 1_000)
    return () => clearInterval(timer)
  }, [])
  const seconds = Math.max(0, Math.ceil((Date.parse(endsAt) - nowMs) / 1_000))
  return <span className="font-mono text-sm text-open">{t('shield.approvals.left', { seconds: String(seconds) })}</span>
}

function CallFacts({ approval }: { readonly approval: CallApproval }) {
  const { t } = useTranslation()
  return (
    <div className="grid grid-cols-1 gap-2">
      {approval.reason !== '' && <p className="wrap-anywhere">{approval.reason}</p>}
      <p className="text-sm text-fg-2 wrap-anywhere">
        {approval.agent !== undefined && `${t('shield.approvals.byAgent', { agent: approval.agent })} · `}
        {approval.policies.length > 0 && t('shield.approvals.policies', { policies: approval.policies.join(', ') })}
      </p>
      {approval.arguments === undefined ? (
        <p className="text-fg-2">{t('shield.approvals.noArguments')}</p>
      ) : (
        <JsonView text={approval.arguments} label={t('shield.approvals.arguments')} />
      )}
    </div>
  )
}

function ToolFacts({ approval }: { readonly approval: ToolApproval }) {
  const { t } = useTranslation()
  return (
    <div className="grid grid-cols-1 gap-2">
      <p className="text-fg-2">{t('shield.approvals.toolText')}</p>
      {approval.diff.map(({ path, before, after }) => (
        <div key={path} className="grid grid-cols-1 gap-1">
          <code className="font-mono text-sm text-fg-2 wrap-anywhere">{path}</code>
          <Side sign="−" name={t('shield.approvals.before')} value={before} look="bg-removed-bg text-removed" />
          <Side sign="+" name={t('shield.approvals.after')} value={after} look="bg-added-bg text-added" />
        </div>
      ))}
    </div>
  )
}

function Side(props: { readonly sign: string; readonly name: string; readonly value: unknown; readonly look: string }) {
  const { t } = useTranslation()
  if (props.value === undefined) return null
  const text = typeof props.value === 'string' ? props.value : JSON.stringify(props.value, null, 2)
  return (
    <p className={`flex gap-2 rounded-control px-2 py-1 font-mono text-sm ${props.look}`}>
      <span aria-hidden>{props.sign}</span>
      <span className="sr-only">{props.name}</span>
      <span className="min-w-0 wrap-anywhere whitespace-pre-wrap">
        {text === '' ? t('shield.approvals.nothing') : text}
      </span>
    </p>
  )
}

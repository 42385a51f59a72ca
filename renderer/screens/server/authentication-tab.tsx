/** The two hops of a server as two cards, what goes out besides, and always beside them what will be sent. */
import { useQuery } from '@tanstack/react-query'
import { useCallback, useMemo, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import { listExchangesOptions, listKeysOptions, type Server } from '../../client/api.js'
import { HopLine } from '../../components/hop-line.js'
import { Select } from '../../components/select.js'
import { TextAreaField } from '../../components/text-field.js'
import { ServerAccounts } from '../../features/accounts/server-accounts.js'
import { AgentAuthCard } from '../../features/server-auth/agent-auth-card.js'
import { AppAuthCard } from '../../features/server-auth/app-auth-card.js'
import { appAuthOf } from '../../features/server-auth/effective-auth.js'
import { HeaderRecipes } from '../../features/server-auth/header-recipes.js'
import { RestrictedHeaders } from '../../features/server-auth/restricted-headers.js'
import { sampleUser } from '../../features/server-auth/sample-user.js'
import { SendNow } from '../../features/server-auth/send-now.js'
import { parseHeaderLines } from '../../features/server-auth/sent-lines.js'
import { SentPreview, type Sample } from '../../features/server-auth/sent-preview.js'
import type { FieldError, ServerDraft } from '../../features/server-auth/server-draft.js'
import { ToolCredentials } from '../../features/server-auth/tool-credentials.js'
import { inboundHop, outboundHop } from '../../features/servers/server-hop.js'
import { toolNamesOf } from '../../features/servers/tool-view.js'

const seenCalls = 20
const noErrors: readonly FieldError[] = []

export function AuthenticationTab({ server, draft }: { readonly server: Server; readonly draft: ServerDraft }) {
  const { slug } = server
  const changed = { ...server, ...authOf(draft) }
  const [conflicts, setConflicts] = useState<readonly FieldError[]>(noErrors)
  const noteConflicts = useCallback((found: readonly FieldError[]) => setConflicts(found), [])
  const errors = useMemo(() => [...draft.errors, ...conflicts], [draft.errors, conflicts])
  const cards = useRef<HTMLDivElement>(null)
  const exchanges = useQuery(listExchangesOptions({ query: { server: slug, limit: seenCalls } })).data?.items ?? []
  const calls = exchanges.filter(({ lane }) => lane === 'mcp')
  const seen = [...new Set(calls.flatMap(({ request }) => request.headers.map(({ name }) => name.toLowerCase())))]
  const lastCall = calls.find(({ caller }) => caller?.id !== 'local')
  const [sample, setSample] = useState<Sample>({})
  return (
    <div className="grid min-h-full grid-cols-1 content-start gap-4 p-4 md:grid-cols-[minmax(0,11fr)_minmax(0,10fr)]">
      <div className="md:col-span-2">
        <HopLine server={slug} inbound={inboundHop(changed)} outbound={outboundHop(changed)} />
      </div>
      <div ref={cards} className="grid grid-cols-1 content-start gap-4">
        <AgentAuthCard draft={draft} />
        <AppAuthCard
          draft={draft}
          errors={errors}
          accounts={
            appAuthOf(server).type === 'oauth2_authorization_code' &&
            appAuthOf(draft.config).type === 'oauth2_authorization_code' ? (
              <ServerAccounts server={server} />
            ) : undefined
          }
        />
        {server.command === undefined && (
          <>
            <HeaderRecipes draft={draft} errors={errors} />
            <RestrictedHeaders draft={draft} seen={seen} />
            <ToolCredentials draft={draft} />
          </>
        )}
      </div>
      <div className="content-start rounded-card border border-line bg-panel p-4 md:sticky md:top-4 md:max-h-[calc(100vh-8rem)] md:overflow-auto md:self-start">
        <SentPreview
          slug={slug}
          draft={draft}
          sample={sample}
          onProblems={noteConflicts}
          onGoTo={(path) => goTo(cards.current, path)}
          footer={() => <SendNow slug={slug} isChanged={draft.changed.length > 0} />}
        >
          <SampleChoice server={server} lastHeaders={lastCall?.request.headers} onChange={setSample} />
        </SentPreview>
      </div>
    </div>
  )
}

/** The credentials as they would be, for the drawing. */
function authOf({ config }: ServerDraft): Partial<Server> {
  const { agent_auth: agentAuth, app_auth: appAuth, auth_mode: mode } = config
  return Object.assign(
    {},
    agentAuth !== undefined && { agent_auth: agentAuth },
    { app_auth: appAuth },
    { auth_mode: mode },
  )
}

/** Shows the setting of a rule: the nearest thing on screen that knows of its path. */
function goTo(cards: HTMLElement | null, path: string): void {
  const places = [...(cards?.querySelectorAll<HTMLElement>('[data-path]') ?? [])]
  const found = places
    .filter(({ dataset }) => dataset['path'] === path || path.startsWith(`${dataset['path'] ?? ''}`))
    .toSorted((a, b) => (b.dataset['path'] ?? '').length - (a.dataset['path'] ?? '').length)[0]
  found?.scrollIntoView({ block: 'nearest' })
  found?.querySelector<HTMLElement>('input, button, textarea')?.focus()
}

interface SampleChoiceProps {
  readonly server: Server
  readonly lastHeaders:
    readonly { readonly name: string; readonly value: string; readonly masked: boolean }[] | undefined
  readonly onChange: (sample: Sample) => void
}

type SampleKind = 'minimal' | 'lastCall' | 'pasted'

/** Whose request it is, for which tool, and with which headers. */
function SampleChoice({ server, lastHeaders, onChange }: SampleChoiceProps) {
  const { t } = useTranslation()
  const keys = useQuery(listKeysOptions()).data?.items ?? []
  const [caller, setCaller] = useState('')
  const [tool, setTool] = useState('')
  const [kind, setKind] = useState<SampleKind>('minimal')
  const [pasted, setPasted] = useState('')
  const { bad } = parseHeaderLines(pasted)
  const tell = (next: { caller?: string; tool?: string; kind?: SampleKind; pasted?: string }): void => {
    const all = { caller, tool, kind, pasted, ...next }
    const last = Object.fromEntries(
      (lastHeaders ?? []).filter(({ masked }) => !masked).map(({ name, value }) => [name, value]),
    )
    const headers = { minimal: undefined, lastCall: last, pasted: parseHeaderLines(all.pasted).headers }[all.kind]
    onChange({
      ...(all.caller !== '' && { caller: all.caller }),
      ...(all.tool !== '' && { tool: all.tool }),
      ...(headers !== undefined && { headers }),
      ...(all.caller === sampleUser.caller && { headers: { ...headers, ...sampleUser.headers } }),
    })
  }
  const tools = toolNamesOf(server)
  return (
    <div className="grid gap-2">
      <div className="grid grid-cols-[repeat(auto-fit,minmax(9rem,1fr))] gap-2">
        <Select
          label={t('detail.sent.caller')}
          value={caller}
          onChange={(next) => {
            setCaller(next)
            tell({ caller: next })
          }}
          options={[
            { value: '', label: t('detail.sent.me') },
            { value: sampleUser.caller, label: t('detail.sent.sampleUser') },
            ...keys.map(({ id, name }) => ({ value: id, label: name })),
          ]}
        />
        {tools.length > 0 && (
          <Select
            label={t('detail.sent.tool')}
            value={tool}
            onChange={(next) => {
              setTool(next)
              tell({ tool: next })
            }}
            options={[
              { value: '', label: t('detail.sent.anyTool') },
              ...tools.map((name) => ({ value: name, label: name })),
            ]}
          />
        )}
        <Select
          label={t('detail.sent.sample')}
          value={kind}
          onChange={(next) => {
            setKind(next)
            tell({ kind: next })
          }}
          options={[
            { value: 'minimal', label: t('detail.sent.minimal') },
            { value: 'lastCall', label: t('detail.sent.lastCall'), disabled: lastHeaders === undefined },
            { value: 'pasted', label: t('detail.sent.pasted') },
          ]}
        />
      </div>
      {kind === 'pasted' && (
        <TextAreaField
          label={t('detail.sent.paste')}
          hint={t('detail.sent.pasteHint')}
          error={bad.length === 0 ? undefined : t('detail.sent.badLines', { count: bad.length })}
          mono
          rows={3}
          value={pasted}
          onChange={(event) => {
            setPasted(event.target.value)
            tell({ pasted: event.target.value })
          }}
        />
      )}
    </div>
  )
}

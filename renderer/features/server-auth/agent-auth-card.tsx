import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Checkbox, RadioCards } from '../../components/choice.js'
import { AuthCard } from './auth-card.js'
import { AuthFieldList } from './auth-field-list.js'
import { agentAuthTypes, jwtFields } from './auth-fields.js'
import { agentAuthOf, withAgentAuth, type AgentAuth } from './effective-auth.js'
import { keepValue, keptValue } from './kept-values.js'
import type { ServerDraft } from './server-draft.js'

/** Who may call: the hop from the agent to the gateway. */
export function AgentAuthCard({ draft }: { readonly draft: ServerDraft }) {
  const { t } = useTranslation()
  const auth = agentAuthOf(draft.config)
  const [open, setOpen] = useState(false)
  const place = `${draft.slug} agent_auth`
  const choose = (type: AgentAuth['type']): void => {
    if (type === auth.type) return
    keepValue(place, auth.type, auth)
    draft.replace(withAgentAuth(draft.config, keptValue<AgentAuth>(place, type, { type })))
  }
  const body = auth.type === 'passthrough' ? <RequiredToken draft={draft} auth={auth} /> : undefined
  return (
    <AuthCard
      number={1}
      path="agent_auth"
      title={t('detail.auth.agent')}
      question={t('detail.auth.agentQuestion')}
      answer={t(`detail.agentType.${auth.type}.is`)}
      change={{ open, onToggle: () => setOpen(!open) }}
    >
      {open ? (
        <RadioCards
          label={t('detail.auth.agent')}
          labelHidden
          value={auth.type}
          onChange={choose}
          cards={agentAuthTypes.map((type) => ({
            value: type,
            title: t(`detail.agentType.${type}.name`),
            text: t(`detail.agentType.${type}.when`),
            body,
          }))}
        />
      ) : (
        auth.type === 'passthrough' && auth.jwt !== undefined && body
      )}
    </AuthCard>
  )
}

function RequiredToken({
  draft,
  auth,
}: {
  readonly draft: ServerDraft
  readonly auth: Extract<AgentAuth, { type: 'passthrough' }>
}) {
  const { t } = useTranslation()
  const set = (jwt: typeof auth.jwt, field?: string): void =>
    draft.replace(
      withAgentAuth(draft.config, jwt === undefined ? { type: 'passthrough' } : { type: 'passthrough', jwt }),
      field,
    )
  return (
    <div className="grid gap-3">
      <Checkbox
        label={t('detail.requireJwt')}
        hint={t('detail.requireJwtHint')}
        checked={auth.jwt !== undefined}
        onChange={(required) => set(required ? {} : undefined)}
      />
      {auth.jwt !== undefined && (
        <AuthFieldList
          fields={jwtFields}
          value={auth.jwt}
          onChange={(jwt, field) => set(jwt as typeof auth.jwt, field)}
          path="agent_auth.jwt"
          errors={draft.errors}
          secretStem={draft.slug}
        />
      )}
      {draft.errors.map(({ path, message }) =>
        path === 'agent_auth.jwt' ? (
          <p key={message} role="alert" className="text-sm text-deny">
            {message}
          </p>
        ) : null,
      )}
    </div>
  )
}

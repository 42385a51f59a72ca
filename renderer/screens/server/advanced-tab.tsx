/** What seldom needs a look: how the server is reached, how long to wait, and all of it as JSON. */
import { useQuery } from '@tanstack/react-query'
import { RotateCcw } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import { getStatusOptions, type Server } from '../../client/api.js'
import { IconButton } from '../../components/button.js'
import { RadioCards } from '../../components/choice.js'
import { CodeEditor } from '../../components/code-editor.js'
import { CopyButton } from '../../components/copy-button.js'
import { Select } from '../../components/select.js'
import { TextAreaField, TextField } from '../../components/text-field.js'
import { AuthFieldList } from '../../features/server-auth/auth-field-list.js'
import { appAuthFields } from '../../features/server-auth/auth-fields.js'
import { isSame } from '../../features/server-auth/changed-keys.js'
import { appAuthOf, withAppAuth, type AppAuth } from '../../features/server-auth/effective-auth.js'
import { errorAt, type ServerConfig, type ServerDraft } from '../../features/server-auth/server-draft.js'

const connections = ['shared', 'per_caller', 'per_request'] as const

interface TabProps {
  readonly server: Server
  readonly draft: ServerDraft
}

export function AdvancedTab({ server, draft }: TabProps) {
  return (
    <div className="mx-auto grid max-w-4xl grid-cols-1 gap-6 p-4">
      <Basics server={server} draft={draft} />
      <RawServer draft={draft} />
    </div>
  )
}

function Basics({ server, draft }: TabProps) {
  const { t } = useTranslation()
  const { config } = draft
  const runsCommand = config.command !== undefined
  return (
    <section aria-label={t('detail.advanced.basics')} className="grid gap-4">
      <Setting draft={draft} keys={['description']} name={t('detail.advanced.description')}>
        <TextAreaField
          label={t('detail.advanced.description')}
          error={errorAt(draft.errors, 'description')}
          optional
          rows={2}
          value={config.description ?? ''}
          onChange={(event) => setText(draft, 'description', event.target.value)}
        />
      </Setting>
      {runsCommand ? (
        <Setting draft={draft} keys={[]} name={t('detail.advanced.command')}>
          <TextField
            label={t('detail.advanced.command')}
            error={errorAt(draft.errors, 'command')}
            mono
            value={config.command ?? ''}
            onChange={(event) => draft.set('command', event.target.value, 'command')}
          />
        </Setting>
      ) : (
        <>
          <Setting draft={draft} keys={[]} name={t('detail.advanced.url')}>
            <TextField
              label={t('detail.advanced.url')}
              error={errorAt(draft.errors, 'url')}
              mono
              value={config.url ?? ''}
              onChange={(event) => draft.set('url', event.target.value, 'url')}
            />
          </Setting>
          <Setting draft={draft} keys={['transport']} name={t('detail.advanced.transport')}>
            <Select
              label={t('detail.advanced.transport')}
              error={errorAt(draft.errors, 'transport')}
              value={config.transport === 'sse' ? 'sse' : 'streamable-http'}
              onChange={(transport) => draft.set('transport', transport === 'sse' ? 'sse' : undefined)}
              options={[
                { value: 'streamable-http', label: 'Streamable HTTP' },
                { value: 'sse', label: 'HTTP + SSE' },
              ]}
            />
          </Setting>
        </>
      )}
      <Setting draft={draft} keys={['timeout_ms']} name={t('detail.advanced.timeout')}>
        <TextField
          label={t('detail.advanced.timeout')}
          hint={t('detail.advanced.timeoutHint')}
          error={errorAt(draft.errors, 'timeout_ms')}
          optional
          type="number"
          value={config.timeout_ms ?? ''}
          onChange={(event) =>
            draft.set('timeout_ms', event.target.value === '' ? undefined : Number(event.target.value), 'timeout_ms')
          }
        />
      </Setting>
      {!runsCommand && <Connection draft={draft} />}
      <TokenSettings draft={draft} />
      {appAuthOf(config).type === 'oauth2_authorization_code' && <Callback server={server} />}
    </section>
  )
}

function setText(draft: ServerDraft, key: 'description', text: string): void {
  draft.set(key, text === '' ? undefined : text, key)
}

/** A setting with a dot where it is not the default, and the way back to the default. */
function Setting(props: {
  readonly draft: ServerDraft
  readonly keys: readonly (keyof ServerConfig)[]
  readonly name: string
  readonly children: ReactNode
}) {
  const { t } = useTranslation()
  const { draft, keys, name } = props
  const isSet = keys.some((key) => draft.config[key] !== undefined)
  return (
    <div className="relative flex items-start gap-2">
      <span className="absolute -start-3 top-1.5 flex">
        {isSet && (
          <span role="img" aria-label={t('detail.advanced.changed')} className="size-2 rounded-full bg-accent-solid" />
        )}
      </span>
      <div className="min-w-0 grow">{props.children}</div>
      <div className="w-7 shrink-0 empty:hidden">
        {isSet && (
          <IconButton
            label={t('detail.advanced.reset', { name })}
            onClick={() => {
              const { ...rest } = draft.config
              for (const key of keys) delete rest[key]
              draft.replace(rest)
            }}
          >
            <RotateCcw size={16} aria-hidden />
          </IconButton>
        )}
      </div>
    </div>
  )
}

function Connection({ draft }: { readonly draft: ServerDraft }) {
  const { t } = useTranslation()
  const { connection, auth_mode: mode } = draft.config
  if (mode !== undefined) return null
  return (
    <Setting draft={draft} keys={['connection']} name={t('detail.advanced.connection')}>
      <RadioCards
        label={t('detail.advanced.connection')}
        value={connection ?? 'per_caller'}
        onChange={(next) => draft.set('connection', next === 'per_caller' ? undefined : next)}
        cards={connections.map((value) => ({
          value,
          title: t(`detail.advanced.connectionName.${value}`),
          text: t(`detail.advanced.connectionWhen.${value}`),
        }))}
      />
    </Setting>
  )
}

/** Of app auths that ask for tokens: what they are for, and whether they are kept. The same fields as in Authentication. */
function TokenSettings({ draft }: { readonly draft: ServerDraft }) {
  const auth = appAuthOf(draft.config)
  const fields = appAuthFields[auth.type].filter(({ key }) => key === 'resource' || key === 'cache')
  if (fields.length === 0) return null
  return (
    <div className="ps-5 pe-9">
      <AuthFieldList
        fields={fields}
        value={auth}
        onChange={(next, field) => draft.replace(withAppAuth(draft.config, next as unknown as AppAuth), field)}
        path="app_auth"
        errors={draft.errors}
        secretStem={draft.slug}
      />
    </div>
  )
}

function Callback({ server }: { readonly server: Server }) {
  const { t } = useTranslation()
  const dataUrl = useQuery(getStatusOptions()).data?.dataUrl ?? ''
  const address = `${dataUrl}/oauth/callback`
  return (
    <div className="grid gap-1 ps-5 pe-9">
      <span className="font-medium">{t('detail.advanced.callback')}</span>
      <span className="flex items-center gap-1">
        <code className="font-mono text-sm wrap-anywhere">{address}</code>
        <CopyButton text={address} what={t('detail.advanced.callbackWhat')} />
      </span>
      <span className="text-sm text-fg-2">{t('detail.advanced.callbackHint', { profile: server.profile })}</span>
    </div>
  )
}

function RawServer({ draft }: { readonly draft: ServerDraft }) {
  const { t } = useTranslation()
  const [typed, setTyped] = useState<string>()
  const [wrong, setWrong] = useState<string>()
  const written = JSON.stringify(draft.config, null, 2)
  const shown = typed !== undefined && (wrong !== undefined || means(typed, draft.config)) ? typed : written
  const change = (text: string): void => {
    setTyped(text)
    try {
      const value: unknown = JSON.parse(text)
      if (typeof value !== 'object' || value === null || Array.isArray(value))
        throw new SyntaxError('an object is needed')
      setWrong(undefined)
      draft.replace(value, 'raw')
    } catch (error) {
      setWrong(t('detail.advanced.rawWrong', { message: error instanceof Error ? error.message : '' }))
    }
  }
  return (
    <section aria-label={t('detail.advanced.raw')} className="grid gap-2">
      <h2 className="text-lg">{t('detail.advanced.raw')}</h2>
      <p className="text-fg-2">{t('detail.advanced.rawHint')}</p>
      <CodeEditor label={t('detail.advanced.json')} language="json" value={shown} onChange={change} />
      {(wrong !== undefined || draft.errors.length > 0) && (
        <ul role="alert" className="grid gap-0.5 text-sm text-deny">
          {wrong !== undefined && <li>{wrong}</li>}
          {wrong === undefined &&
            draft.errors.map(({ path, message }) => (
              <li key={`${path} ${message}`} className="wrap-anywhere">
                <code className="me-2">{path}</code>
                {message}
              </li>
            ))}
        </ul>
      )}
    </section>
  )
}

function means(text: string, config: ServerConfig): boolean {
  try {
    return isSame(JSON.parse(text), config)
  } catch {
    return false
  }
}

/** Tools that are called with a credential of their own. */
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button, IconButton } from '../../components/button.js'
import { Select } from '../../components/select.js'
import { TextField } from '../../components/text-field.js'
import { AuthCard } from './auth-card.js'
import { AuthFieldList } from './auth-field-list.js'
import { appAuthFields, appAuthTypes, blankAppAuth } from './auth-fields.js'
import type { AppAuth } from './effective-auth.js'
import type { ServerConfig, ServerDraft } from './server-draft.js'

type Tools = NonNullable<ServerConfig['tools']>

/** Changes the settings of one tool; a tool without settings is left out. */
export function withTool(tools: Tools | undefined, name: string, settings: Tools[string]): Tools | undefined {
  const { [name]: _before, ...rest } = tools ?? {}
  const next = Object.keys(settings).length === 0 ? rest : { ...rest, [name]: settings }
  return Object.keys(next).length === 0 ? undefined : next
}

export function ToolCredentials({ draft }: { readonly draft: ServerDraft }) {
  const { t } = useTranslation()
  const [tool, setTool] = useState('')
  const { tools } = draft.config
  const own = Object.entries(tools ?? {}).flatMap(([name, settings]) =>
    settings.app_auth === undefined ? [] : [{ name, settings, auth: settings.app_auth }],
  )
  const set = (name: string, auth: AppAuth | undefined, field?: string): void => {
    const { app_auth: _before, ...rest } = tools?.[name] ?? {}
    draft.set('tools', withTool(tools, name, auth === undefined ? rest : { ...rest, app_auth: auth }), field)
  }
  return (
    <AuthCard number={5} path="tools" title={t('detail.auth.tools')} question={t('detail.auth.toolsQuestion')}>
      {own.map(({ name, auth }) => (
        <div
          key={name}
          role="group"
          aria-label={t('detail.toolAuth.credential', { tool: name })}
          data-path={`tools.${name}.app_auth`}
          className="grid gap-3 rounded-card border border-line bg-bg p-3"
        >
          <header className="flex items-center gap-2">
            <code className="min-w-0 grow font-mono wrap-anywhere">{name}</code>
            <IconButton label={t('detail.toolAuth.remove', { tool: name })} onClick={() => set(name, undefined)}>
              <Trash2 size={16} aria-hidden />
            </IconButton>
          </header>
          <Select
            label={t('detail.toolAuth.type')}
            value={auth.type}
            onChange={(type) => type !== auth.type && set(name, blankAppAuth(type))}
            options={appAuthTypes.map((type) => ({ value: type, label: t(`detail.appType.${type}.name`) }))}
          />
          <AuthFieldList
            fields={appAuthFields[auth.type]}
            value={auth}
            onChange={(next, field) => set(name, next as unknown as AppAuth, field)}
            path={`tools.${name}.app_auth`}
            errors={draft.errors}
            secretStem={`${draft.slug}-${name.toLowerCase().replace(/[^a-z0-9]+/g, '-')}`}
          />
        </div>
      ))}
      <form
        className="flex items-start gap-2"
        onSubmit={(event) => {
          event.preventDefault()
          if (tool.trim() === '') return
          set(tool.trim(), blankAppAuth('bearer'))
          setTool('')
        }}
      >
        <div className="min-w-0 grow">
          <TextField
            label={t('detail.toolAuth.tool')}
            labelHidden
            placeholder={t('detail.toolAuth.tool')}
            hint={t('detail.toolAuth.toolHint')}
            mono
            value={tool}
            onChange={(event) => setTool(event.target.value)}
          />
        </div>
        <Button type="submit">{t('detail.toolAuth.add')}</Button>
      </form>
    </AuthCard>
  )
}

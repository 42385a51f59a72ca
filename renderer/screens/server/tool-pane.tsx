/** One tool: how agents see it, what the server says of it, and a call. */
import { X } from 'lucide-react'
import { useTranslation } from 'react-i18next'
import type { Server } from '../../client/api.js'
import { Badge } from '../../components/badge.js'
import { IconButton } from '../../components/button.js'
import { Switch } from '../../components/choice.js'
import { JsonView } from '../../components/json-view.js'
import { TextAreaField, TextField } from '../../components/text-field.js'
import { errorAt, type ServerConfig, type ServerDraft } from '../../features/server-auth/server-draft.js'
import { withTool } from '../../features/server-auth/tool-credentials.js'
import { isToolShown, type Tool } from '../../features/servers/tool-view.js'
import { TryTool } from './try-tool.js'

interface ToolPaneProps {
  readonly server: Server
  readonly draft: ServerDraft
  readonly tool: Tool
  readonly onClose: () => void
}

type ToolSettings = NonNullable<ServerConfig['tools']>[string]

export function ToolPane({ server, draft, tool, onClose }: ToolPaneProps) {
  const { t } = useTranslation()
  const { name } = tool
  const { tools } = draft.config
  const settings: ToolSettings = tools?.[name] ?? {}
  const set = <K extends keyof ToolSettings>(key: K, value: ToolSettings[K] | undefined): void => {
    const { [key]: _before, ...rest } = settings
    const next = value === undefined ? rest : { ...rest, [key]: value }
    draft.set('tools', withTool(tools, name, next), `tools.${name}.${key}`)
  }
  // Only said where it differs from what holds without it.
  const show = (shown: boolean): void => {
    const { hidden: _before, ...rest } = settings
    const without = { ...draft.config, tools: withTool(tools, name, rest) ?? {} }
    set('hidden', isToolShown(without, name) === shown ? undefined : !shown)
  }
  return (
    <section aria-label={name} className="flex min-h-0 flex-1 flex-col bg-panel">
      <header className="flex items-center gap-2 border-b border-line px-4 py-2">
        <h2 className="min-w-0 grow font-mono text-lg wrap-anywhere">{name}</h2>
        {tool.annotations?.['destructiveHint'] === true && <Badge tone="open">{t('detail.tools.destructive')}</Badge>}
        {tool.annotations?.['readOnlyHint'] === true && <Badge>{t('detail.tools.readOnly')}</Badge>}
        <IconButton label={t('kit.close')} onClick={onClose}>
          <X size={16} aria-hidden />
        </IconButton>
      </header>
      <div className="grid min-h-0 flex-1 grid-cols-1 content-start gap-4 overflow-auto p-4">
        <Switch
          label={t('detail.tools.show')}
          hint={t('detail.tools.showHint')}
          checked={isToolShown(draft.config, name)}
          onChange={show}
        />
        <TextField
          label={t('detail.tools.rename')}
          hint={t('detail.tools.renameHint', { name })}
          error={errorAt(draft.errors, `tools.${name}.rename`)}
          optional
          mono
          value={settings.rename ?? ''}
          onChange={(event) => set('rename', event.target.value === '' ? undefined : event.target.value)}
        />
        <TextAreaField
          label={t('detail.tools.describe')}
          hint={t('detail.tools.describeHint')}
          error={errorAt(draft.errors, `tools.${name}.description`)}
          optional
          rows={2}
          value={settings.description ?? ''}
          onChange={(event) => set('description', event.target.value === '' ? undefined : event.target.value)}
        />
        <a href="#/agents" className="w-fit text-accent underline">
          {t('detail.tools.limits')}
        </a>
        <TryTool server={server} draft={draft} tool={tool} />
        <details>
          <summary className="w-fit rounded-control px-1 font-medium">{t('detail.tools.own')}</summary>
          <div className="grid gap-2 pt-2">
            {tool.description !== undefined && <p className="whitespace-pre-wrap wrap-anywhere">{tool.description}</p>}
            <JsonView text={JSON.stringify(tool.inputSchema ?? {})} label={t('detail.tools.schema')} />
          </div>
        </details>
      </div>
    </section>
  )
}

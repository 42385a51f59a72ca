import { useTranslation } from 'react-i18next'
import type { ImportAgentConfigsResponse } from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { ChangeList } from '../profiles/change-list.js'
import { commandLine } from '../profiles/changed-lines.js'

type Item = ImportAgentConfigsResponse['files'][number]

/** What one agent's file would bring: changes, commands, secrets by their names, and what is left out and why. */
export function ReviewedApp({ item }: { readonly item: Item }) {
  const { t } = useTranslation()
  const { name, path, problem, report } = item
  return (
    <section aria-label={name} className="grid grid-cols-1 gap-2">
      <h3 className="flex flex-wrap items-baseline gap-2 text-lg">
        {name}
        <code className="font-mono text-sm text-fg-2 wrap-anywhere">{path}</code>
      </h3>
      {problem !== undefined && (
        <Banner tone="deny">
          <p>{problem.detail}</p>
          {problem.fix !== undefined && <p className="text-fg-2">{problem.fix}</p>}
        </Banner>
      )}
      {problem === undefined && report === undefined && <p>{t('agentConfigs.import.nothing')}</p>}
      {report !== undefined && <ChangeList changes={report.changes} />}
      <Commands report={report} />
      <Secrets secrets={item.secrets} />
      <Notes title={t('agentConfigs.import.warnings')} notes={report?.warnings ?? []} />
      {(report?.missingSecrets.length ?? 0) > 0 && (
        <p>{t('agentConfigs.import.missing', { names: report?.missingSecrets.join(', ') ?? '' })}</p>
      )}
      <Notes title={t('agentConfigs.import.leftOut')} notes={item.leftOut.map((one) => `${one.name}: ${one.reason}`)} />
    </section>
  )
}

function Commands({ report }: Pick<Item, 'report'>) {
  const { t } = useTranslation()
  const commands = (report?.changes ?? []).flatMap(({ path, after }) => {
    const line = report?.pendingApproval.includes(path.replace(/^mcpServers\./, '')) ? commandLine(after) : undefined
    return line === undefined ? [] : [{ path, line }]
  })
  if (commands.length === 0) return null
  return (
    <Banner tone="open">
      <p>{t('profiles.review.runs')}</p>
      <ul className="grid gap-1 py-1">
        {commands.map(({ path, line }) => (
          <li key={path} className="font-mono text-sm">
            {line}
          </li>
        ))}
      </ul>
    </Banner>
  )
}

function Secrets({ secrets }: Pick<Item, 'secrets'>) {
  const { t } = useTranslation()
  return (
    <Notes
      title={t('agentConfigs.import.secrets')}
      notes={secrets.map(({ name, replaces }) => (replaces ? t('agentConfigs.import.replaces', { name }) : name))}
    />
  )
}

function Notes({ title, notes }: { readonly title: string; readonly notes: readonly string[] }) {
  if (notes.length === 0) return null
  return (
    <div>
      <p className="font-medium">{title}</p>
      <ul className="list-disc ps-5 text-fg-2">
        {notes.map((note) => (
          <li key={note} className="wrap-anywhere">
            {note}
          </li>
        ))}
      </ul>
    </div>
  )
}

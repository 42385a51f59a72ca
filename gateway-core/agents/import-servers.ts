/** Servers of agents become servers of the gateway, each agent's under a profile of its name. */
import { agentAppNames, type AgentApp } from '../contract/agent-entry.js'
import type { ImportedFile, ImportInput } from '../contract/agent-config-operations.js'
import { GatewayError } from '../contract/errors.js'
import type { ProfileReport } from '../registry/registry.js'
import type { AgentConfigParts } from './agent-configs.js'
import {
  chooseEntries,
  entryOfServer,
  placeOf,
  placeOfServer,
  type ChosenEntry,
  type KnownServer,
  type LeftOut,
} from './choose-entries.js'
import { changedSince } from './config-file.js'
import { findAgent } from './find-agents.js'
import { shortPath } from './machine.js'
import { explaining, openConfig, type OpenConfig } from './open-config.js'

/** One after the other, as a server that two agents have becomes one. */
export async function importServers(parts: AgentConfigParts, input: ImportInput): Promise<readonly ImportedFile[]> {
  const claimed: KnownServer[] = []
  const items: ImportedFile[] = []
  for (const source of input.sources) {
    const { path } = await findAgent(source.app, parts.machine)
    const place = { app: source.app, name: agentAppNames[source.app], path: shortPath(parts.machine, path) }
    try {
      const open = await openConfig(source.app, parts.machine)
      if (source.hash !== undefined && source.hash !== open.file.hash) throw changedSince(open.file.path, parts.machine)
      const { chosen, ...done } = await importFile(parts, open, claimed, input)
      claimed.push(
        ...chosen.map(({ slug, entry }) => ({ slug, profile: source.app, place: placeOf(entry), isOpen: false })),
      )
      items.push({
        ...place,
        hash: open.file.hash,
        ...done,
        imported: chosen.map(({ name, slug }) => ({ name, slug })),
      })
    } catch (error) {
      if (!(error instanceof GatewayError)) throw error
      items.push({ ...place, secrets: [], imported: [], leftOut: [], problem: problemOf(error) })
    }
  }
  return items
}

function problemOf(error: GatewayError): NonNullable<ImportedFile['problem']> {
  const line = error.errors?.[0]?.line
  return {
    code: error.code,
    detail: error.detail ?? error.message,
    ...(error.fix !== undefined && { fix: error.fix }),
    ...(line !== undefined && { line }),
  }
}

export function registeredServers({ registry }: AgentConfigParts): readonly KnownServer[] {
  return [...(registry.snapshot?.servers.values() ?? [])].map(({ slug, profile, resolved, disabledReason }) => ({
    slug,
    profile,
    place: placeOfServer(resolved.config),
    isOpen: disabledReason === undefined,
  }))
}

interface Taken {
  readonly chosen: readonly ChosenEntry[]
  readonly leftOut: readonly LeftOut[]
  readonly secrets: ImportedFile['secrets']
  readonly report?: ProfileReport
}

async function importFile(
  parts: AgentConfigParts,
  open: OpenConfig,
  claimed: readonly KnownServer[],
  { dryRun = false, approveCommands = false }: ImportInput,
): Promise<Taken> {
  const { app } = open.known
  if (!open.format.readsAll)
    throw new GatewayError('not_supported', {
      detail: `${open.shortPath} is TOML, from which Gatehouse does not import.`,
      fix: 'Add its servers one by one.',
    })
  const entries = explaining(open.shortPath, () => open.format.entries(open.file.text, open.container))
  const known = [...registeredServers(parts), ...(dryRun ? claimed : [])]
  const choice = chooseEntries(app, entries, known, parts.dataUrl)
  const leftOut = [...choice.leftOut]
  const kept = await keptEntries(parts, app, choice.chosen)
  let chosen = choice.chosen
  const present = new Set((await parts.registry.listSecrets()).map(({ name }) => name))
  while (chosen.length > 0) {
    try {
      const file = { text: foreignFile([...chosen, ...kept]), format: 'json', name: app } as const
      const report = plainWarnings(await parts.registry.applyProfile(file, { dryRun, approveCommands }))
      const secrets = report.storedSecrets.map((name) => ({ name, replaces: present.has(name) }))
      return { chosen, leftOut, report, secrets }
    } catch (error) {
      const faults = faultsOf(error, chosen)
      if (faults.size === 0) throw error
      leftOut.push(...[...faults].map(([name, reason]) => ({ name, reason })))
      chosen = chosen.filter(({ name }) => !faults.has(name))
    }
  }
  return { chosen: [], leftOut, secrets: [] }
}

function foreignFile(entries: readonly Pick<ChosenEntry, 'slug' | 'entry'>[]): string {
  return JSON.stringify({ mcpServers: Object.fromEntries(entries.map(({ slug, entry }) => [slug, entry])) })
}

/** Servers whose entries were taken out of the file when the gateway was put in: they are meant to stay. */
async function keptEntries(
  { records, registry }: AgentConfigParts,
  app: AgentApp,
  chosen: readonly ChosenEntry[],
): Promise<readonly Pick<ChosenEntry, 'slug' | 'entry'>[]> {
  const replaced = (await records.get(app))?.replaced ?? []
  const again = new Set(chosen.map(({ slug }) => slug))
  return replaced.flatMap((slug) => {
    const server = registry.snapshot?.servers.get(slug)
    return server?.profile !== app || again.has(slug) ? [] : [{ slug, entry: entryOfServer(server.resolved.config) }]
  })
}

/** The lines that warnings name are those of a text that nobody sees. */
function plainWarnings(report: ProfileReport): ProfileReport {
  return { ...report, warnings: report.warnings.map((warning) => warning.replace(/^line \d+: /, '')) }
}

/** Why entries cannot be taken over, by name; empty where the fault is not theirs. */
function faultsOf(error: unknown, chosen: readonly ChosenEntry[]): ReadonlyMap<string, string> {
  const faults = new Map<string, string>()
  if (!(error instanceof GatewayError)) return faults
  for (const { path, message } of error.errors ?? []) {
    const [, slug, rest = ''] = /^mcpServers\.([a-z0-9-]+)\.?(.*)$/.exec(path) ?? []
    const entry = chosen.find((one) => one.slug === slug)
    if (entry === undefined) return new Map()
    const before = faults.get(entry.name)
    const sentence = `${rest === '' ? '' : `${rest}: `}${message}`
    faults.set(entry.name, before === undefined ? sentence : `${before}; ${sentence}`)
  }
  return faults
}

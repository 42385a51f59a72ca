/** Profiles: applying, exporting, and the same with secrets in an age file. */
import { GatewayError } from '../contract/errors.js'
import { profileJsonSchema } from '../contract/profile.js'
import type { ProfileFile, ProfileReport, Registry } from '../registry/registry.js'
import type { ControlServices } from './control-services.js'
import type { HandlersOf } from './handler.js'
import { listPage } from './list-page.js'
import { openSealedFile, sealProfile, type SealedProfile } from './sealed-profile.js'

type ProfileOperation =
  | 'applyProfile'
  | 'importSealedProfile'
  | 'listProfiles'
  | 'getProfile'
  | 'removeProfile'
  | 'exportSealedProfile'
  | 'getProfileSchema'

interface ApplyQuery {
  readonly dryRun?: string | undefined
  readonly approveCommands?: string | undefined
  readonly name?: string | undefined
}

interface ApplyOptions {
  readonly dryRun: boolean
  readonly approveCommands: boolean
}

export function profileHandlers({ registry }: ControlServices): HandlersOf<ProfileOperation> {
  return {
    async applyProfile({ query }, { file }) {
      if (file === undefined) throw new GatewayError('invalid_input', { detail: 'There is no profile in the body.' })
      return { json: await registry.applyProfile(withName(file, query.name), optionsOf(query)) }
    },
    async importSealedProfile({ query, body }) {
      const opened = await openSealedFile(Buffer.from(body.file, 'base64'), body.passphrase)
      if (opened.kind === 'profile with secrets')
        return { json: await importWithSecrets(registry, opened.content, optionsOf(query)) }
      // YAML 1.2 holds JSON, so that one form reads both.
      const file = withName({ text: opened.text, format: 'yaml' }, query.name)
      return { json: await registry.applyProfile(file, optionsOf(query)) }
    },
    listProfiles: ({ query }) => ({ json: listPage(registry.listProfiles(), query, ({ name }) => name) }),
    getProfile({ params }, { prefers }) {
      const exported = registry.exportProfile(params.name)
      return prefers('application/yaml')
        ? { type: 'application/yaml; charset=utf-8', bytes: exported.yaml }
        : { json: { ...exported.profile } }
    },
    async removeProfile({ params }) {
      await registry.removeProfile(params.name)
      return undefined
    },
    async exportSealedProfile({ params, body }) {
      const { profile } = registry.exportProfile(params.name)
      const secrets = await registry.exportSecrets(params.name)
      return {
        type: 'application/octet-stream',
        bytes: await sealProfile({ profile, secrets }, body.recipientPassphrase),
      }
    },
    getProfileSchema: () => ({ json: { ...profileJsonSchema() } }),
  }
}

/**
 * Applies the profile, then stores those of its secrets that the vault lacks. One that is there keeps its value: a file
 * from someone else neither replaces what this user stored nor gets it sent to a new place.
 */
async function importWithSecrets(
  registry: Registry,
  { profile, secrets }: SealedProfile,
  options: ApplyOptions,
): Promise<ProfileReport> {
  const present = new Set((await registry.listSecrets()).map(({ name }) => name))
  const absent = secrets.filter(({ name }) => !present.has(name))
  const report = await registry.applyProfile({ text: JSON.stringify(profile), format: 'json' }, options)
  if (!options.dryRun) for (const { name, value } of absent) await registry.setSecret(name, value)
  const brought = new Set(absent.map(({ name }) => name))
  const kept = secrets.filter(({ name }) => present.has(name))
  return {
    ...report,
    missingSecrets: report.missingSecrets.filter((name) => !brought.has(name)),
    warnings: [
      ...report.warnings,
      ...kept.map(
        ({ name }) =>
          `The vault has a secret ${name} already and keeps its value; \`gatehouse secrets set ${name}\` replaces it.`,
      ),
    ],
  }
}

function optionsOf(query: ApplyQuery): ApplyOptions {
  return { dryRun: isOn(query.dryRun), approveCommands: isOn(query.approveCommands) }
}

function isOn(flag: string | undefined): boolean {
  return flag === 'true' || flag === '1'
}

function withName(file: Pick<ProfileFile, 'text' | 'format'>, name: string | undefined): ProfileFile {
  return { text: file.text, format: file.format, ...(name !== undefined && { name }) }
}

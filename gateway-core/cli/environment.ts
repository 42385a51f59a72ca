/** Everything that the command line takes from the environment, read once. */
import { homedir } from 'node:os'
import { resolve } from 'node:path'
import { defaultDataDir } from '../contract/data-dir.js'
import { isLoopbackHost } from '../contract/profile.js'
import type { TokenSettings } from '../oauth/token-source.js'
import { UsageError } from './command-error.js'

export interface Environment {
  /** Where the vault and run.json are, unless `--data-dir` says otherwise. Absolute. */
  readonly dataDir: string
  /** `GATEHOUSE_PASSPHRASE_FILE` */
  readonly passphraseFile: string | undefined
  /** `AUTH_ENCRYPTION_SECRET`: the vault's passphrase itself. */
  readonly passphrase: string | undefined
  /** `GATEHOUSE_PORT` and `GATEHOUSE_CONTROL_PORT`, or the defaults. */
  readonly port: number
  readonly controlPort: number
  /** `OAUTH_REQUEST_TIMEOUT` (seconds), `OAUTH_MAX_RETRIES` and `HIGHFLAME_ADMIN_URL`. */
  readonly oauth: TokenSettings
  /** `OTEL_EXPORTER_OTLP_TRACES_ENDPOINT` or `OTEL_EXPORTER_OTLP_ENDPOINT` */
  readonly otlpEndpoint: string | undefined
}

type Variables = Readonly<Record<string, string | undefined>>

/** @throws UsageError where a port, a number or a URL is none */
export function readEnvironment(variables: Variables, platform: NodeJS.Platform = process.platform): Environment {
  return {
    dataDir: resolve(
      given(variables, 'GATEHOUSE_DATA_DIR') ?? defaultDataDir(variables, platform, homeOf(variables, platform)),
    ),
    passphraseFile: given(variables, 'GATEHOUSE_PASSPHRASE_FILE'),
    passphrase: given(variables, 'AUTH_ENCRYPTION_SECRET'),
    port: portFrom(given(variables, 'GATEHOUSE_PORT') ?? '4283', 'GATEHOUSE_PORT'),
    controlPort: portFrom(given(variables, 'GATEHOUSE_CONTROL_PORT') ?? '4284', 'GATEHOUSE_CONTROL_PORT'),
    oauth: {
      requestTimeoutMs: 1000 * numberFrom(variables, 'OAUTH_REQUEST_TIMEOUT', 30, { least: 0.001, most: 3600 }),
      maxRetries: Math.floor(numberFrom(variables, 'OAUTH_MAX_RETRIES', 3, { least: 0, most: 20 })),
      adminUrl: adminUrlFrom(given(variables, 'HIGHFLAME_ADMIN_URL')),
    },
    otlpEndpoint: collectorFrom(variables),
  }
}

/** @throws UsageError naming where the text came from */
export function portFrom(text: string, from: string): number {
  const port = /^\d{1,5}$/.test(text) ? Number(text) : Number.NaN
  if (port >= 0 && port <= 65_535) return port
  throw new UsageError(`${from}: expected a port, 0 to 65535`)
}

function numberFrom(
  variables: Variables,
  name: string,
  otherwise: number,
  { least, most }: { readonly least: number; readonly most: number },
): number {
  const text = given(variables, name) ?? String(otherwise)
  const value = /^\d+(?:\.\d+)?$/.test(text) ? Number(text) : Number.NaN
  if (value >= least && value <= most) return value
  throw new UsageError(`${name}: expected a number, ${least} to ${most}`)
}

function adminUrlFrom(text: string | undefined): string | undefined {
  if (text === undefined) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  if (url?.protocol === 'https:' || (url?.protocol === 'http:' && isLoopbackHost(url.hostname))) return text
  throw new UsageError('HIGHFLAME_ADMIN_URL: expected an https: URL (http: is accepted on loopback only)')
}

function collectorFrom(variables: Variables): string | undefined {
  const traces = given(variables, 'OTEL_EXPORTER_OTLP_TRACES_ENDPOINT')
  const text = traces ?? given(variables, 'OTEL_EXPORTER_OTLP_ENDPOINT')
  if (text === undefined || /^https?:$/.test(URL.canParse(text) ? new URL(text).protocol : '')) return text
  throw new UsageError('OTEL_EXPORTER_OTLP_ENDPOINT: expected an http or https URL')
}

/** An empty variable is one that is not set. */
function given(variables: Variables, name: string): string | undefined {
  const value = variables[name]
  return value === '' ? undefined : value
}

function homeOf(variables: Variables, platform: NodeJS.Platform): string {
  return given(variables, platform === 'win32' ? 'USERPROFILE' : 'HOME') ?? homedir()
}

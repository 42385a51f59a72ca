/** Loads oidc-provider when it is first needed: start and memory of a gateway that signs nobody in do not pay for it. */
import type { Logger } from 'pino'

type Library = typeof import('oidc-provider')

let loading: Promise<Library> | undefined

export function loadProvider(logger: Pick<Logger, 'info'>): Promise<Library> {
  return (loading ??= loadQuietly(logger))
}

/** The library speaks to the console, where the gateway's output is for programs. What it says is logged instead. */
async function loadQuietly(logger: Pick<Logger, 'info'>): Promise<Library> {
  for (const level of ['info', 'warn'] as const) {
    const say = console[level].bind(console)
    console[level] = (...said: unknown[]) => {
      const [first] = said
      if (typeof first === 'string' && /oidc-provider (?:NOTICE|WARNING):/.test(first))
        logger.info({ library: first }, 'oidc-provider')
      else say(...said)
    }
  }
  return import('oidc-provider')
}

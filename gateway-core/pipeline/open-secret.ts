/** Opens one secret for where it goes, from memory where it can, and says what to do where it cannot be used. */
import { GatewayError } from '../contract/errors.js'
import type { SecretSource } from './ports.js'

/** @throws GatewayError `secret_missing`, `server_disabled` */
export async function openSecret(
  secrets: SecretSource,
  name: string,
  subject: string | undefined,
  destination: string,
): Promise<{ readonly value: string; readonly generation: number; readonly fingerprint?: string }> {
  const opened = secrets.known(name, subject, destination) ?? (await secrets.open(name, subject, destination))
  if (opened.outcome === 'value') return opened
  throw opened.outcome === 'missing' ? missing(name, subject) : notApproved(name, destination)
}

function missing(secret: string, subject: string | undefined): GatewayError {
  return subject === undefined
    ? new GatewayError('secret_missing', {
        detail: `The secret ${secret} is not in the vault.`,
        fix: `Store it: gatehouse secrets set ${secret}`,
      })
    : new GatewayError('secret_missing', {
        detail: `The secret ${secret} has no value for the caller ${subject}.`,
        fix: `Store one: gatehouse secrets set ${secret} --subject '${subject}'`,
      })
}

function notApproved(secret: string, destination: string): GatewayError {
  return new GatewayError('server_disabled', {
    detail: `The secret ${secret} has not been approved for ${destination}.`,
    fix: 'Approve the server: gatehouse servers approve SLUG',
  })
}

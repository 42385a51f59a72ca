/** Makes the records of gateway keys. The key itself is in none of them. */
import { randomBytes } from 'node:crypto'
import { keyHash } from '../callers/key-hash.js'
import { importedKeySchema, newKeySchema } from '../contract/control-schemas.js'
import { GatewayError } from '../contract/errors.js'
import { describeIssues } from '../profiles/describe-issues.js'
import type { GatewayKey } from '../vault/vault.js'
import type { KeySummary, NewKey } from './registry.js'

/**
 * Makes a key of 256 random bits.
 *
 * @param now RFC 3339
 * @throws GatewayError `invalid_input`
 */
export function newServiceKey(input: NewKey, now: string): { readonly record: GatewayKey; readonly key: string } {
  const parsed = newKeySchema.safeParse(input)
  if (!parsed.success) throw invalidKey(describeIssues(parsed.error.issues, input, 'other'))
  const key = `gh_sk_${randomBytes(32).toString('base64url')}`
  return { record: recordOf(parsed.data, key, 'service', now), key }
}

/**
 * Makes the record of a key that exists elsewhere. A value that looks like one of ours is refused: it would name a caller
 * at another gateway.
 *
 * @throws GatewayError `invalid_input`
 */
export function importedKey(input: NewKey & { readonly key: string }, now: string): GatewayKey {
  const parsed = importedKeySchema.safeParse(input)
  if (!parsed.success) throw invalidKey(describeIssues(parsed.error.issues, input, 'other'))
  const { key, ...rest } = parsed.data
  if (key.startsWith('gh_sk_'))
    throw invalidKey([
      { path: 'key', message: 'expected a key of another product: keys that begin with gh_sk_ are made here' },
    ])
  return recordOf(rest, key, key.startsWith('hf_sk_') ? 'service' : 'legacy', now)
}

function recordOf(input: NewKey, key: string, kind: GatewayKey['kind'], now: string): GatewayKey {
  const { name, subject = 'local', email, agent, servers, tools, accounts, expiresAt } = input
  return {
    id: `key_${randomBytes(8).toString('hex')}`,
    name,
    hash: keyHash(key),
    kind,
    hint: key.slice(-4),
    subject,
    ...(email === undefined ? {} : { email }),
    ...(agent === undefined ? {} : { agent }),
    ...(servers === undefined ? {} : { servers }),
    ...(tools === undefined ? {} : { tools }),
    ...(accounts === undefined ? {} : { accounts }),
    createdAt: now,
    ...(expiresAt === undefined ? {} : { expiresAt }),
  }
}

/** A key as people see it. */
export function keySummary({ hash: _hash, ...summary }: GatewayKey, lastUsedAt: string | undefined): KeySummary {
  const latest = [summary.lastUsedAt, lastUsedAt]
    .filter((time) => time !== undefined)
    .sort()
    .at(-1)
  return latest === undefined ? summary : { ...summary, lastUsedAt: latest }
}

function invalidKey(errors: readonly { readonly path: string; readonly message: string }[]): GatewayError {
  const detail = errors.map(({ path, message }) => `${path}: ${message}`).join('; ')
  return new GatewayError('invalid_input', { detail, errors })
}

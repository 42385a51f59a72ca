/**
 * Stage: turns the names of secrets in the plan into values. Each is opened for the one origin that the plan is for.
 * Refuses with `secret_missing`, `secret_unusable`, `server_disabled`.
 */
import { GatewayError } from '../contract/errors.js'
import type { OutboundPlan, PendingValue } from '../credentials/planned.js'
import type { PipelinePorts } from './ports.js'
import type { Recording } from './recording.js'
import type { OutboundRequest } from '../servers/transport.js'
import type { Credentialed, Planned } from './stages.js'

export async function obtainCredentials(
  planned: Planned,
  ports: PipelinePorts,
  recording: Recording,
): Promise<Credentialed> {
  const startedMs = performance.now()
  try {
    const outbound = await fillPlan(planned.plan, ports, recording)
    return Object.assign(planned, { outbound })
  } finally {
    recording.credentialMs = performance.now() - startedMs
  }
}

async function fillPlan(plan: OutboundPlan, ports: PipelinePorts, recording: Recording): Promise<OutboundRequest> {
  const headers: string[] = []
  const obtained: (string | undefined)[] = []
  recording.obtained = obtained
  for (const [index, { name, value }] of plan.headers.entries()) {
    if (typeof value === 'string') {
      headers.push(name, value)
      continue
    }
    const filled = knownValue(value, plan.destination, ports) ?? (await fill(value, plan.destination, ports))
    if (!/^[\x20-\x7e\t]*$/.test(filled)) throw unusable(value)
    obtained[index] = filled
    headers.push(name, filled)
  }
  const { origin, path } = plan.target
  if (plan.query === undefined) return { origin, path, headers }
  const value = await fill(plan.query.value, plan.destination, ports)
  recording.sensitiveValues.push(value)
  const separator = path.includes('?') ? '&' : '?'
  return {
    origin,
    path: `${path}${separator}${encodeURIComponent(plan.query.name)}=${encodeURIComponent(value)}`,
    headers,
  }
}

/** The common case, without a turn of the event loop: one secret, at hand. */
function knownValue(value: PendingValue, destination: string, ports: PipelinePorts): string | undefined {
  if (value.kind !== 'secret') return undefined
  const known = ports.secrets.known(value.secret, value.subject, destination)
  return known?.outcome === 'value' ? value.prefix + known.value : undefined
}

async function fill(value: PendingValue, destination: string, ports: PipelinePorts): Promise<string> {
  const open = async (secret: string, subject: string | undefined): Promise<string> => {
    const opened =
      ports.secrets.known(secret, subject, destination) ?? (await ports.secrets.open(secret, subject, destination))
    if (opened.outcome === 'value') return opened.value
    throw opened.outcome === 'missing' ? missing(secret, subject) : notApproved(secret, destination)
  }
  if (value.kind === 'secret') return value.prefix + (await open(value.secret, value.subject))
  const username = typeof value.username === 'string' ? value.username : await open(value.username.secret, undefined)
  const password = await open(value.password.secret, undefined)
  return `Basic ${Buffer.from(`${username}:${password}`, 'utf8').toString('base64')}`
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

function unusable(value: PendingValue): GatewayError {
  const name = value.kind === 'secret' ? value.secret : value.password.secret
  return new GatewayError('secret_unusable', {
    detail: `The secret ${name} holds characters that an HTTP header cannot carry.`,
    fix: `Store it anew, without line breaks or characters outside of ASCII: gatehouse secrets set ${name}`,
  })
}

/** Speaks the control API of the running gateway. Paths, inputs and answers are those of the operations table. */
import {
  apiPrefix,
  operationTable,
  type OperationAnswer,
  type OperationId,
  type OperationRequest,
} from '../contract/control-api.js'
import { problemSchema } from '../contract/control-schemas.js'
import { GatewayError } from '../contract/errors.js'
import { CommandError } from './command-error.js'
import { findRun, type RunFile } from './run-file.js'

const timeoutMs = 120_000
const streamTimeoutMs = 30 * 60_000

type PartOf<Id extends OperationId, Wanted extends 'needed' | 'optional'> = {
  [Part in keyof OperationRequest<Id>]: OperationRequest<Id>[Part] extends undefined
    ? never
    : Record<never, never> extends OperationRequest<Id>[Part]
      ? Wanted extends 'optional'
        ? Part
        : never
      : Wanted extends 'needed'
        ? Part
        : never
}[keyof OperationRequest<Id>]

/** What an operation must be given; parts that it does not have, or that may be empty, may be left out. */
type RequestOf<Id extends OperationId> = Pick<OperationRequest<Id>, PartOf<Id, 'needed'>> &
  Partial<Pick<OperationRequest<Id>, PartOf<Id, 'optional'>>>

export interface ControlClient {
  readonly run: RunFile
  /** @throws GatewayError as the gateway answered; CommandError where it cannot be reached */
  call<Id extends OperationId>(id: Id, request: RequestOf<Id>): Promise<OperationAnswer<Id>>
  /** The same with a body, or for an answer, that is not JSON. */
  exchangeBytes<Id extends OperationId>(
    id: Id,
    request: Partial<OperationRequest<Id>>,
    raw: { readonly accept?: string; readonly contentType?: string; readonly bytes?: string },
  ): Promise<Buffer>
  /** An answer as it comes, for what may be large. */
  stream<Id extends OperationId>(
    id: Id,
    request: Partial<OperationRequest<Id>>,
    withinMs?: number,
  ): Promise<AsyncIterable<Uint8Array>>
}

/** @throws CommandError where no gateway runs for this data directory */
export async function connectToGateway(dataDir: string): Promise<ControlClient> {
  const run = await findRun(dataDir)
  if (run === undefined) throw notRunning(dataDir)
  const exchangeBytes: ControlClient['exchangeBytes'] = async (id, request, raw) => {
    const answer = await sendTo(run, id, request, raw, dataDir)
    const bytes = Buffer.from(await answer.arrayBuffer())
    if (!answer.ok) throw errorOf(answer.status, bytes)
    return bytes
  }
  return {
    run,
    exchangeBytes,
    async stream(id, request, withinMs = streamTimeoutMs) {
      const answer = await sendTo(run, id, request, { accept: '*/*' }, dataDir, withinMs)
      if (!answer.ok) throw errorOf(answer.status, Buffer.from(await answer.arrayBuffer()))
      return answer.body ?? emptyStream()
    },
    async call(id, request) {
      const bytes = await exchangeBytes(id, request, {})
      // The gateway answers by the same table; both are one version.
      return (bytes.byteLength === 0 ? undefined : JSON.parse(bytes.toString('utf8'))) as OperationAnswer<typeof id>
    },
  }
}

async function* emptyStream(): AsyncIterable<Uint8Array> {
  // Nothing came.
}

interface AnyRequest {
  readonly params?: unknown
  readonly query?: unknown
  readonly body?: unknown
}

async function sendTo(
  run: RunFile,
  id: OperationId,
  request: AnyRequest,
  raw: { readonly accept?: string; readonly contentType?: string; readonly bytes?: string },
  dataDir: string,
  withinMs = timeoutMs,
): Promise<Response> {
  const body = raw.bytes ?? (request.body === undefined ? undefined : JSON.stringify(request.body))
  try {
    return await fetch(urlOf(run, id, request), {
      method: operationTable[id].method.toUpperCase(),
      headers: {
        authorization: `Bearer ${run.controlToken}`,
        accept: raw.accept ?? 'application/json',
        ...(body === undefined ? {} : { 'content-type': raw.contentType ?? 'application/json' }),
      },
      ...(body === undefined ? {} : { body }),
      redirect: 'error',
      signal: AbortSignal.timeout(withinMs),
    })
  } catch (error) {
    if (error instanceof Error && error.name === 'TimeoutError')
      throw new CommandError(`The gateway did not answer within ${withinMs / 1000} s.`)
    throw notRunning(dataDir)
  }
}

function urlOf(run: RunFile, id: OperationId, { params, query }: AnyRequest): URL {
  const path = operationTable[id].path.replace(/\{(\w+)\}/g, (_all, name: string) => {
    const value: unknown = typeof params === 'object' && params !== null ? Reflect.get(params, name) : undefined
    return encodeURIComponent(String(value))
  })
  const url = new URL(`${apiPrefix}${path}`, run.controlUrl)
  for (const [name, value] of Object.entries(query ?? {}))
    if (value !== undefined) url.searchParams.set(name, String(value))
  return url
}

function errorOf(status: number, bytes: Buffer): Error {
  const problem = problemSchema.safeParse(parseJson(bytes)).data
  if (problem === undefined) return new CommandError(`The gateway answered ${status}, and not as Gatehouse does.`)
  return new GatewayError(problem.code, {
    ...(problem.detail !== undefined && { detail: problem.detail }),
    ...(problem.fix !== undefined && { fix: problem.fix }),
    ...(problem.errors !== undefined && { errors: problem.errors }),
  })
}

function parseJson(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'))
  } catch {
    return undefined
  }
}

function notRunning(dataDir: string): CommandError {
  return new CommandError(`No gateway is running for ${dataDir}. Start one with: gatehouse serve`)
}

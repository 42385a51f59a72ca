/** Reads what came in with a request of the control API and checks it by the operation's schemas. */
import type { FastifyRequest } from 'fastify'
import type { z } from 'zod'
import { profileMediaTypes, type Operation } from '../contract/control-api.js'
import { GatewayError } from '../contract/errors.js'
import { fieldErrors } from '../contract/field-errors.js'
import type { ProfileFile } from '../registry/registry.js'

export interface ReadInput {
  readonly input: { readonly params: unknown; readonly query: unknown; readonly body: unknown }
  readonly file?: Pick<ProfileFile, 'text' | 'format'>
}

/**
 * @throws GatewayError `invalid_input` with field errors, `unsupported_media_type`
 */
export function readInput(operation: Operation, request: FastifyRequest): ReadInput {
  const params = operation.params === undefined ? undefined : check(operation.params, request.params)
  const query = operation.query === undefined ? undefined : check(operation.query, request.query)
  if (operation.takesFile) return { input: { params, query, body: undefined }, file: readFile(request) }
  return { input: { params, query, body: readBody(operation, request) } }
}

function readBody(operation: Operation, request: FastifyRequest): unknown {
  if (operation.body === undefined) return undefined
  const isMissing = mediaTypeOf(request) === undefined && readText(request) === ''
  const body = operation.bodyMayBeMissing && isMissing ? {} : readJson(request)
  return operation.bodyCheckedByRegistry ? body : check(operation.body, body)
}

function check(schema: z.ZodType, input: unknown): unknown {
  const parsed = schema.safeParse(input)
  if (parsed.success) return parsed.data
  const errors = fieldErrors(parsed.error.issues)
  const [first] = errors
  throw new GatewayError('invalid_input', {
    ...(first !== undefined && { detail: first.path === '' ? first.message : `${first.path}: ${first.message}` }),
    errors,
  })
}

function readJson(request: FastifyRequest): unknown {
  const mediaType = mediaTypeOf(request)
  if (mediaType !== 'application/json')
    throw new GatewayError('unsupported_media_type', { fix: 'Send the body as application/json.' })
  try {
    return JSON.parse(readText(request), refusePrototype)
  } catch (error) {
    if (error instanceof GatewayError) throw error
    throw new GatewayError('invalid_input', {
      detail: 'The body is not valid JSON.',
      errors: [{ path: '', message: 'expected JSON' }],
    })
  }
}

/** An object's `__proto__` would become its prototype wherever it is copied key by key. */
function refusePrototype(key: string, value: unknown): unknown {
  if (key === '__proto__') throw new GatewayError('invalid_input', { errors: [{ path: key, message: 'unknown key' }] })
  return value
}

function readFile(request: FastifyRequest): Pick<ProfileFile, 'text' | 'format'> {
  const format = Object.entries(profileMediaTypes).find(([mediaType]) => mediaType === mediaTypeOf(request))?.[1]
  if (format === undefined)
    throw new GatewayError('unsupported_media_type', {
      fix: 'Send the profile as application/yaml or application/json.',
    })
  return { text: readText(request), format }
}

function mediaTypeOf(request: FastifyRequest): string | undefined {
  return request.headers['content-type']?.split(';')[0]?.trim().toLowerCase()
}

function readText(request: FastifyRequest): string {
  if (!Buffer.isBuffer(request.body)) return ''
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(request.body)
  } catch {
    throw new GatewayError('invalid_input', { detail: 'The body is not UTF-8.' })
  }
}

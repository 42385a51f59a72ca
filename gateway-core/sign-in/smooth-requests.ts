/**
 * What stands before the authorization server's own rules. Requests to authorize are reduced to what is supported, as
 * agents send scopes and parameters of OpenID Connect to anybody. And agents that refresh twice at the same moment, as two
 * windows of one program do, get the same answer for a short while, where the second would count as theft.
 */
import { createHash } from 'node:crypto'
import type { IncomingMessage } from 'node:http'
import type Provider from 'oidc-provider'

import { onlyScope } from './provider-parts.js'

type Middleware = Parameters<Provider['use']>[0]

const authorizeParameters = [
  'response_type',
  'response_mode',
  'client_id',
  'redirect_uri',
  'state',
  'code_challenge',
  'code_challenge_method',
  'resource',
]
const prompts = new Set(['none', 'login', 'consent'])
const maxBodyBytes = 56 * 1024
const graceMs = 10_000
const maxAnswers = 500

interface TokenAnswer {
  readonly status: number
  readonly body: unknown
}

/**
 * @param revoke  ends one access token by itself, which the library cannot, as it keeps none. Returns whether it was one
 */
export function smoothRequests(revoke: (token: string) => Promise<boolean>): Middleware {
  const answers = new Map<string, Promise<TokenAnswer>>()
  return async (ctx, next) => {
    if (ctx.method === 'GET' && ctx.path === '/oauth/authorize') ctx.query = reduced(ctx.query)
    if (ctx.method === 'POST' && ctx.path === '/oauth/authorize')
      Object.assign(ctx.req, { body: reduced(grouped(new URLSearchParams(await readBody(ctx.req)))) })
    if (ctx.method !== 'POST' || (ctx.path !== '/oauth/token' && ctx.path !== '/oauth/revoke')) return next()
    const parameters = new URLSearchParams(await readBody(ctx.req))
    if (ctx.path === '/oauth/revoke') {
      Object.assign(ctx.req, { body: grouped(parameters) })
      if (!(await revoke(parameters.get('token') ?? ''))) return next()
      ctx.status = 200
      ctx.body = ''
      return
    }
    const isRefresh = parameters.get('grant_type') === 'refresh_token'
    if (isRefresh) parameters.delete('scope')
    Object.assign(ctx.req, { body: grouped(parameters) })
    if (!isRefresh) return next()
    const key = digestOf([parameters.toString(), ctx.get('authorization'), ctx.origin])
    const running = answers.get(key)
    if (running !== undefined) {
      const { status, body } = await running
      ctx.set('cache-control', 'no-store')
      ctx.status = status
      ctx.body = body
      return
    }
    const answer = (async (): Promise<TokenAnswer> => {
      await next()
      return { status: ctx.status, body: ctx.body }
    })()
    if (answers.size >= maxAnswers) answers.clear()
    answers.set(key, answer)
    const isGood = await answer.then(({ status }) => status === 200)
    if (!isGood) answers.delete(key)
    else setTimeout(() => answers.delete(key), graceMs).unref()
  }
}

function reduced(query: NodeJS.Dict<string | string[]>): NodeJS.Dict<string | string[]> {
  const kept = Object.fromEntries(Object.entries(query).filter(([name]) => authorizeParameters.includes(name)))
  const wanted = [query['prompt'] ?? ''].flat().join(' ').split(' ')
  const prompt = wanted.filter((one) => prompts.has(one)).join(' ')
  return { ...kept, ...(prompt === '' ? {} : { prompt }), scope: onlyScope }
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= maxBodyBytes) chunks.push(chunk)
  }
  return bytes > maxBodyBytes ? '' : Buffer.concat(chunks).toString('utf8')
}

/** Repeated parameters stay repeated, so that they are refused. */
function grouped(parameters: URLSearchParams): Record<string, string | string[]> {
  const names = [...new Set(parameters.keys())]
  return Object.fromEntries(
    names.map((name) => {
      const values = parameters.getAll(name)
      return [name, values.length === 1 ? (values[0] ?? '') : values]
    }),
  )
}

function digestOf(parts: readonly string[]): string {
  return createHash('sha256').update(JSON.stringify(parts)).digest('base64')
}

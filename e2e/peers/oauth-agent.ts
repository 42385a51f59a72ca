/** An agent that signs in at the gateway as any MCP client does, by plain HTTP; and the browser of its user, without script. */
import { createHash, randomBytes } from 'node:crypto'
import { at, send, type Answer } from './send.js'

const redirectUri = 'http://127.0.0.1:53682/callback'

interface Form {
  readonly action: string
  readonly fields: readonly (readonly [string, string])[]
}

/** Keeps cookies by path, as browsers do, and follows redirects until one leads to the agent. */
export class UserBrowser {
  private readonly cookies: { name: string; value: string; path: string; host: string }[] = []

  /** @param user who signs in at an identity provider that is asked */
  constructor(private user = 'nobody') {}

  /** Another person signs in at the identity provider from now on; the gateway's cookies stay. */
  switchUser(user: string): void {
    this.user = user
    const kept = this.cookies.filter(({ name }) => name.startsWith('gatehouse_'))
    this.cookies.splice(0, this.cookies.length, ...kept)
  }

  /** @param stop path, or host, that is not asked: where the browser has been sent there, it stops */
  async open(
    url: string,
    post?: URLSearchParams,
    { stopAt, stopAtHost }: { readonly stopAt?: string | undefined; readonly stopAtHost?: string | undefined } = {},
  ): Promise<Answer & { readonly url: string }> {
    let target = url
    let body = post
    for (let hops = 0; hops < 20; hops++) {
      const { pathname, host } = new URL(target)
      const isEnd = target.startsWith(redirectUri) || pathname === stopAt || host === stopAtHost
      if (isEnd) return { url: target, status: 0, headers: {}, text: '', json: undefined }
      const answer = await send(target, {
        method: body === undefined ? 'GET' : 'POST',
        headers: {
          cookie: this.cookiesFor(target),
          accept: 'text/html',
          ...(body === undefined
            ? {}
            : { 'content-type': 'application/x-www-form-urlencoded', origin: new URL(target).origin }),
        },
        ...(body === undefined ? {} : { body: body.toString() }),
      })
      this.keep(target, answer.headers['set-cookie'] ?? [])
      const { location } = answer.headers
      if (answer.status < 300 || answer.status > 399 || location === undefined) return { ...answer, url: target }
      target = new URL(location, target).href
      body = undefined
    }
    throw new Error('too many redirects')
  }

  /** Sends the form of a page. */
  async submit(
    page: { readonly url: string; readonly text: string },
    decision: string,
    {
      servers,
      ...stop
    }: {
      readonly servers?: readonly string[] | undefined
      readonly stopAt?: string
      readonly stopAtHost?: string
    } = {},
  ): Promise<Answer & { readonly url: string }> {
    const { action, fields } = formIn(page.text)
    const kept = fields.filter(([name, value]) => name !== 'server' || servers === undefined || servers.includes(value))
    const form = new URLSearchParams([...kept.map(([name, value]) => [name, value]), ['decision', decision]])
    return this.open(new URL(action, page.url).href, form, stop)
  }

  private cookiesFor(url: string): string {
    const { hostname, pathname } = new URL(url)
    const sent = this.cookies.filter(
      ({ host, path }) => host === hostname && (path === '/' || pathname === path || pathname.startsWith(`${path}/`)),
    )
    return [...sent.map(({ name, value }) => `${name}=${value}`), `user=${this.user}`].join('; ')
  }

  private keep(url: string, lines: readonly string[]): void {
    const host = new URL(url).hostname
    for (const line of lines) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? []
      const path = /; *path=([^;]*)/i.exec(line)?.[1] ?? '/'
      const index = this.cookies.findIndex((one) => one.name === name && one.path === path && one.host === host)
      if (index >= 0) this.cookies.splice(index, 1)
      if (!/expires=Thu, 01 Jan 1970/i.test(line)) this.cookies.push({ name, value, path, host })
    }
  }
}

function formIn(html: string): Form {
  const action = /<form method="post" action="([^"]+)"/.exec(html)?.[1]
  if (action === undefined) throw new Error(`There is no form in:\n${html}`)
  const inputs = [...html.matchAll(/<input ([^>]*)>/g)].map(([, attributes = '']) => attributes)
  const value = (attributes: string, name: string): string =>
    new RegExp(`${name}="([^"]*)"`).exec(attributes)?.[1] ?? ''
  return { action, fields: inputs.map((input) => [value(input, 'name'), value(input, 'value')] as const) }
}

export interface Tokens {
  readonly accessToken: string
  readonly refreshToken: string
}

export class OAuthAgent {
  private constructor(
    readonly baseUrl: string,
    readonly clientId: string,
  ) {}

  /** One that is known already, by its registration or its metadata document. */
  static of(baseUrl: string, clientId: string): OAuthAgent {
    return new OAuthAgent(baseUrl, clientId)
  }

  static async register(baseUrl: string, name = 'Cursor', more: object = {}): Promise<OAuthAgent> {
    const answer = await send(`${baseUrl}/oauth/register`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({
        client_name: name,
        redirect_uris: ['http://127.0.0.1/callback'],
        token_endpoint_auth_method: 'none',
        ...more,
      }),
    })
    if (answer.status !== 201) throw new Error(`Registration was answered ${answer.status}: ${answer.text}`)
    return new OAuthAgent(baseUrl, String(at(answer.json, 'client_id')))
  }

  /** @param path of what it wants to use, e.g. `/mcp/files` */
  authorizeUrl(path: string, verifier: string, more: Readonly<Record<string, string | undefined>> = {}): string {
    const url = new URL('/oauth/authorize', this.baseUrl)
    const parameters = {
      response_type: 'code',
      client_id: this.clientId,
      redirect_uri: redirectUri,
      state: 's1',
      code_challenge: createHash('sha256').update(verifier).digest('base64url'),
      code_challenge_method: 'S256',
      resource: `${this.baseUrl}${path}`,
      ...more,
    }
    for (const [name, value] of Object.entries(parameters)) if (value !== undefined) url.searchParams.set(name, value)
    return url.href
  }

  /** From the request to the code, in this browser, with everything allowed or only these servers. */
  async askForCode(path: string, browser: UserBrowser, servers?: readonly string[]) {
    const verifier = randomBytes(32).toString('base64url')
    const page = await browser.open(this.authorizeUrl(path, verifier))
    const end = page.status === 200 ? await browser.submit(page, 'approve', { servers }) : page
    return { ...answerOf(end), verifier }
  }

  async signIn(path: string, browser = new UserBrowser(), servers?: readonly string[]): Promise<Tokens> {
    const { code, verifier } = await this.askForCode(path, browser, servers)
    return tokensOf(await this.redeem(code, verifier, { resource: `${this.baseUrl}${path}` }))
  }

  redeem(code: string, verifier: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
    const grant = { grant_type: 'authorization_code', code, code_verifier: verifier, redirect_uri: redirectUri }
    return this.token({ ...grant, ...more })
  }

  refresh(refreshToken: string, more: Readonly<Record<string, string>> = {}): Promise<Answer> {
    return this.token({ grant_type: 'refresh_token', refresh_token: refreshToken, ...more })
  }

  revoke(token: string): Promise<Answer> {
    return this.post('/oauth/revoke', { token })
  }

  private token(parameters: Readonly<Record<string, string>>): Promise<Answer> {
    return this.post('/oauth/token', parameters)
  }

  private post(path: string, parameters: Readonly<Record<string, string>>): Promise<Answer> {
    return send(`${this.baseUrl}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/x-www-form-urlencoded' },
      body: new URLSearchParams({ client_id: this.clientId, ...parameters }).toString(),
    })
  }
}

/** What the agent gets back through the browser. @throws Error where it got nothing */
export function answerOf({ url, status, text }: { url: string; status: number; text: string }) {
  if (!url.startsWith(redirectUri)) throw new Error(`The browser ended at ${url} with ${status}:\n${text}`)
  const { searchParams } = new URL(url)
  return {
    code: searchParams.get('code') ?? '',
    error: searchParams.get('error'),
    iss: searchParams.get('iss'),
    state: searchParams.get('state'),
  }
}

/** @throws Error where there are none */
export function tokensOf({ status, json, text }: Answer): Tokens {
  if (status !== 200) throw new Error(`No tokens were given: ${status} ${text}`)
  return { accessToken: String(at(json, 'access_token')), refreshToken: String(at(json, 'refresh_token')) }
}

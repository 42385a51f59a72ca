/** Forms of the gateway's own pages: a request is taken for one only where the browser that was shown the page sent it. */
import { createHash, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingMessage } from 'node:http'

const maxFormBytes = 64 * 1024
const cookieName = 'gatehouse_consent'

export interface OwnForm {
  /** Value of the hidden field `csrf`. */
  readonly csrf: string
  /** A `set-cookie` line. */
  readonly cookie: string
}

/** @param action path that the form is sent to */
export function openForm(action: string): OwnForm {
  const proof = randomBytes(32).toString('base64url')
  return {
    csrf: digestOf(proof),
    cookie: `${cookieName}=${proof}; Path=${action}; HttpOnly; SameSite=Strict; Max-Age=600`,
  }
}

/** @returns undefined where the form is none that `openForm` opened in this browser */
export async function readOwnForm(request: IncomingMessage): Promise<URLSearchParams | undefined> {
  const form = new URLSearchParams(await readBody(request))
  const cookie = new RegExp(`(?:^|; )${cookieName}=([\\w-]{43})(?:;|$)`).exec(request.headers.cookie ?? '')?.[1]
  if (cookie === undefined) return undefined
  const [expected, sent] = [Buffer.from(digestOf(cookie)), Buffer.from(form.get('csrf') ?? '')]
  return expected.length === sent.length && timingSafeEqual(expected, sent) ? form : undefined
}

async function readBody(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = []
  let bytes = 0
  for await (const chunk of request as AsyncIterable<Buffer>) {
    bytes += chunk.length
    if (bytes <= maxFormBytes) chunks.push(chunk)
  }
  return bytes > maxFormBytes ? '' : Buffer.concat(chunks).toString('utf8')
}

/** What is kept, or shown, in place of a random value. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('base64url')
}

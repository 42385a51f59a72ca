/** The page: static files for a signed-in browser, and how a browser signs in. */
import fastifyStatic from '@fastify/static'
import type { FastifyInstance, FastifyReply } from 'fastify'
import { existsSync } from 'node:fs'
import { sessionCookie, type Sessions } from './sessions.js'

const pagePolicy = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self'",
  "connect-src 'self'",
  "img-src 'self' data:",
  "font-src 'self'",
  "form-action 'none'",
  "frame-ancestors 'none'",
  "base-uri 'none'",
].join('; ')

const signInPage = `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Gatehouse: not signed in</title>
<h1>This browser is not signed in</h1>
<p>Run <code>gatehouse ui</code> in a terminal and open the link that it prints.
The link works once, within five minutes.</p>
</html>
`

/** Adds `/session` and, where there are any, the page's files below `/`. Nothing of them is sent without a session. */
export async function servePage(
  app: FastifyInstance,
  sessions: Sessions,
  staticDir: string | undefined,
): Promise<void> {
  app.addHook('onRequest', async (request, reply) => {
    reply.header('content-security-policy', pagePolicy)
    if (request.routeOptions.url === '/session') return
    if (!sessions.isOpen(request.cookies[sessionCookie])) return refuse(reply)
  })
  app.get<{ Querystring: { link?: unknown } }>('/session', (request, reply) => {
    const { link } = request.query
    const session = typeof link === 'string' ? sessions.redeem(link) : undefined
    if (session === undefined) return refuse(reply)
    // Not `secure`, since the port speaks http: loopback only.
    reply.setCookie(sessionCookie, session, { httpOnly: true, sameSite: 'strict', path: '/' })
    return reply.redirect('/', 302)
  })
  if (staticDir !== undefined && existsSync(staticDir))
    await app.register(fastifyStatic, { root: staticDir, cacheControl: false, etag: false, lastModified: false })
}

function refuse(reply: FastifyReply): FastifyReply {
  return reply.code(401).type('text/html; charset=utf-8').send(signInPage)
}

/**
 * The first thing that happens to a request on either port: exactly one Host, one of the port's own names, and an
 * Origin that is absent, the port's own, or allowed. Nothing else of a request is looked at before.
 */
import type { IncomingMessage } from 'node:http'

export interface AdmissionRules {
  /** `host:port` pairs, lower case, e.g. `127.0.0.1:4283`. */
  readonly hosts: ReadonlySet<string>
  /** Origins allowed beside the port's own, as a browser sends them. */
  readonly origins: ReadonlySet<string>
}

export type Admission =
  | { readonly admitted: true; readonly host: string; readonly crossOrigin: string | undefined }
  | { readonly admitted: false; readonly reason: string }

export function admit(request: IncomingMessage, rules: AdmissionRules): Admission {
  let host: string | undefined
  let origin: string | undefined
  const { rawHeaders } = request
  for (let i = 0; i < rawHeaders.length; i += 2) {
    const name = rawHeaders[i] ?? ''
    if (name.length === 4 && name.toLowerCase() === 'host') {
      if (host !== undefined) return refused('more than one Host')
      host = rawHeaders[i + 1]
    } else if (name.length === 6 && name.toLowerCase() === 'origin') {
      if (origin !== undefined) return refused('more than one Origin')
      origin = rawHeaders[i + 1]
    }
  }
  if (host === undefined) return refused('no Host')
  if (!rules.hosts.has(host.toLowerCase())) return refused('a Host that is not the gateway’s')
  if (origin === undefined) {
    const site = request.headers['sec-fetch-site']
    // A browser that leaves Origin out says by this whether another site made the page ask. Following a link is
    // how providers send people back.
    if ((site === 'cross-site' || site === 'same-site') && request.headers['sec-fetch-mode'] !== 'navigate')
      return refused('a page of another site')
    return { admitted: true, host, crossOrigin: undefined }
  }
  if (origin.toLowerCase() === `http://${host.toLowerCase()}`) return { admitted: true, host, crossOrigin: undefined }
  if (rules.origins.has(origin)) return { admitted: true, host, crossOrigin: origin }
  return refused('an Origin that is not allowed')
}

function refused(what: string): Admission {
  return { admitted: false, reason: `The request has ${what}.` }
}

/** The names of a port on this machine: every loopback literal and `localhost`, and another host where one is bound. */
export function ownHosts(port: number, ...others: readonly string[]): ReadonlySet<string> {
  return new Set(['127.0.0.1', 'localhost', '[::1]', ...others].map((name) => `${name.toLowerCase()}:${port}`))
}

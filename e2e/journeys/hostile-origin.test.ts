/** Pages of other sites and rebound names: refused on every route of both ports before anything else is looked at. */
import { networkInterfaces } from 'node:os'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { exchangeBytes } from '../peers/raw-socket.js'
import { startRecordingServer, type RecordingServer } from '../peers/recording-server.js'
import { startGateway, type RunningGateway } from '../peers/start-gateway.js'

let gateway: RunningGateway
let server: RecordingServer
const added = 'https://app.example.com'

beforeAll(async () => {
  ;[gateway, server] = await Promise.all([startGateway({ args: ['--allow-origin', added] }), startRecordingServer()])
  // Nothing but Host and Origin stands between a request and this server.
  await gateway.putServer('open', { url: server.url, agent_auth: { type: 'passthrough' } })
})

afterAll(async () => {
  await gateway?.stop()
  await server?.close()
})

const dataRoutes = [
  ...['POST /mcp/open', 'GET /mcp/open', 'DELETE /mcp/open', 'OPTIONS /mcp/open', 'POST /mcp', 'GET /mcp'],
  ...['POST /agents/a/mcp', 'POST /agents/a/mcp/open', 'GET /agents/a/.well-known/oauth-protected-resource'],
  ...['GET /mcp/open/.well-known/oauth-protected-resource', 'GET /.well-known/oauth-protected-resource/mcp/open'],
  ...['GET /.well-known/oauth-authorization-server', 'GET /oauth/authorize', 'POST /oauth/token'],
  ...['POST /oauth/register', 'GET /oauth/jwks', 'POST /oauth/revoke', 'GET /oauth/callback', 'GET /connect/open'],
  ...['GET /healthz', 'GET /readyz', 'GET /metrics', 'GET /', 'GET /nowhere', 'POST /mcp/%00', 'HEAD /healthz'],
]
const controlRoutes = [
  ...['GET /', 'GET /index.html', 'GET /nowhere', 'GET /api/v1/status', 'GET /api/v1/servers', 'GET /api/v1/secrets'],
  ...[
    'PUT /api/v1/secrets/x',
    'POST /api/v1/unlock',
    'POST /api/v1/keys',
    'GET /api/v1/events',
    'OPTIONS /api/v1/keys',
  ],
  ...['GET /api/v1/openapi.json', 'POST /api/v1/session-links', 'GET /api/v1/nowhere'],
]

/** Header lines that must be refused, by what is wrong with them. */
function hostileHeaders(port: number): Record<string, string[]> {
  const own = `127.0.0.1:${port}`
  const good = `Host: ${own}`
  return {
    'another name': ['Host: evil.example.com'],
    'another name with the right port': [`Host: evil.example.com:${port}`],
    'a name that ends in ours': [`Host: evil-localhost:${port}`],
    'a name that begins with ours': [`Host: 127.0.0.1.evil.example.com:${port}`],
    'no port': ['Host: 127.0.0.1'],
    'another port': [`Host: 127.0.0.1:${port === 65_535 ? 1 : port + 1}`],
    'another loopback address': [`Host: 127.0.0.2:${port}`],
    'the address as a number': [`Host: 2130706433:${port}`],
    'all interfaces': [`Host: 0.0.0.0:${port}`],
    'user information': [`Host: ${own}@evil.example.com`],
    'an empty Host': ['Host:'],
    'no Host': [],
    'the same Host twice': [good, good],
    'a good and a bad Host': [good, 'Host: evil.example.com'],
    'a bad and a good Host': ['Host: evil.example.com', good],
    'the Origin of another site': [good, 'Origin: https://evil.example.com'],
    'an opaque Origin': [good, 'Origin: null'],
    'an empty Origin': [good, 'Origin:'],
    'an Origin of another port': [good, `Origin: http://127.0.0.1:${port === 65_535 ? 1 : port + 1}`],
    'an Origin without a port': [good, 'Origin: http://127.0.0.1'],
    'an Origin of another scheme': [good, `Origin: https://${own}`],
    'an Origin that is ours by another name': [good, `Origin: http://localhost:${port}`],
    'an Origin that begins with ours': [good, `Origin: http://${own}.evil.example.com`],
    'an Origin with a path': [good, `Origin: http://${own}/`],
    'a good and a bad Origin': [good, `Origin: http://${own}`, 'Origin: https://evil.example.com'],
    'a site of the right name across sites': [good, 'Origin: https://evil.example.com', 'Sec-Fetch-Site: same-origin'],
  }
}

const cases = Object.keys(hostileHeaders(1))

describe.each(['data', 'control'] as const)('the %s port', (which) => {
  const address = (): number => Number(new URL(which === 'data' ? gateway.dataUrl : gateway.controlUrl).port)
  const routes = which === 'data' ? dataRoutes : controlRoutes

  it.each(cases)('refuses %s with 403 on every route, and asks nothing of any server', async (wrong) => {
    const port = address()
    const headers = hostileHeaders(port)[wrong] ?? []
    const credential = `Authorization: Bearer ${gateway.controlToken}`
    const answers = await Promise.all(
      routes.map(async (route) => {
        const lines = [`${route} HTTP/1.1`, ...headers, credential, 'Content-Length: 0', 'Connection: close']
        const { status, text } = await exchangeBytes('127.0.0.1', port, lines)
        const saysWhy = route.startsWith('HEAD') || text.includes('"origin_refused"')
        return status === 403 && saysWhy ? undefined : `${route}: ${status} ${text.slice(0, 120)}`
      }),
    )
    expect(answers.filter((answer) => answer !== undefined)).toEqual([])
    expect(server.connections()).toBe(0)
  })

  it('refuses a request of HTTP/1.0 without a Host', async () => {
    const { status } = await exchangeBytes('127.0.0.1', address(), ['GET /healthz HTTP/1.0'])
    expect(status).toBe(403)
  })
})

describe('the data port', () => {
  const health = async (host: string, headers: string[]): Promise<number> => {
    const port = Number(new URL(gateway.dataUrl).port)
    return (await exchangeBytes(host, port, ['GET /healthz HTTP/1.1', ...headers, 'Connection: close'])).status
  }

  it('answers to each of its own names, with its own Origin or none', async () => {
    const { port } = new URL(gateway.dataUrl)
    for (const name of ['127.0.0.1', 'localhost', '[::1]']) {
      const host = `Host: ${name}:${port}`
      expect([name, await health('127.0.0.1', [host])]).toEqual([name, 200])
      expect([name, await health('127.0.0.1', [host, `Origin: http://${name}:${port}`])]).toEqual([name, 200])
    }
  })

  it('lets an Origin in that was added at the start, and only exactly that', async () => {
    const host = `Host: ${new URL(gateway.dataUrl).host}`
    expect(await health('127.0.0.1', [host, `Origin: ${added}`])).toBe(200)
    expect(await health('127.0.0.1', [host, `Origin: ${added}.evil.example`])).toBe(403)
    expect(await health('127.0.0.1', [host, `Origin: ${added}:8443`])).toBe(403)
  })

  const hasIpv6 = Object.values(networkInterfaces())
    .flat()
    .some((each) => each?.address === '::1')

  it.skipIf(!hasIpv6)('listens on ::1 too where the machine has it', async () => {
    expect(await health('::1', [`Host: [::1]:${new URL(gateway.dataUrl).port}`])).toBe(200)
  })

  it('refuses the control token as a credential', async () => {
    const { host, port } = new URL(gateway.dataUrl)
    const lines = ['GET /api/v1/status HTTP/1.1', `Host: ${host}`, `Authorization: Bearer ${gateway.controlToken}`]
    expect((await exchangeBytes('127.0.0.1', Number(port), [...lines, 'Connection: close'])).status).toBe(404)
  })
})

describe('the control port', () => {
  it('refuses an Origin that only the data port lets in', async () => {
    const { host, port } = new URL(gateway.controlUrl)
    const credential = `Authorization: Bearer ${gateway.controlToken}`
    for (const origin of [gateway.dataUrl, added]) {
      const lines = ['GET /api/v1/status HTTP/1.1', `Host: ${host}`, `Origin: ${origin}`, credential]
      expect((await exchangeBytes('127.0.0.1', Number(port), [...lines, 'Connection: close'])).status).toBe(403)
    }
  })

  it('wants its token on every route of the API', async () => {
    const { host, port } = new URL(gateway.controlUrl)
    for (const route of controlRoutes.filter((each) => each.includes('/api/v1/') && !each.startsWith('OPTIONS'))) {
      for (const credential of [[], ['Authorization: Bearer wrong'], ['Cookie: session=wrong']]) {
        const lines = [`${route} HTTP/1.1`, `Host: ${host}`, ...credential, 'Content-Length: 0', 'Connection: close']
        const { status } = await exchangeBytes('127.0.0.1', Number(port), lines)
        expect([route, status]).toEqual([route, 401])
      }
    }
  })
})

/**
 * What the official conformance suite starts for a client scenario, with the URL of its server as the last argument: it
 * registers that server at a running gateway, and is an agent without a credential for it, on the official SDK, with a
 * browser that follows redirects. What the suite sees of a client is then the gateway.
 */
import { Client, StreamableHTTPClientTransport } from '@modelcontextprotocol/client'
import { randomBytes } from 'node:crypto'

const { env } = process
const serverUrl = process.argv.at(-1) ?? ''
const scenario = env.MCP_CONFORMANCE_SCENARIO ?? ''
/** @type {{ client_id?: string, client_secret?: string, private_key_pem?: string, signing_algorithm?: string, toolCalls?: { name: string, arguments: Record<string, unknown> }[] }} */
const context = JSON.parse(env.MCP_CONFORMANCE_CONTEXT ?? '{}')
const isModern = (env.MCP_CONFORMANCE_PROTOCOL_VERSION ?? env.GATEHOUSE_REVISION) === '2026-07-28'
const slug = `${scenario.replace(/[^a-z0-9]+/g, '-')}-${randomBytes(4).toString('hex')}`
/** Nobody asks more often than this for the same. */
const maxSignIns = 4

/**
 * @param {'PUT' | 'POST'} verb
 * @param {string} path
 * @param {unknown} [body]
 */
async function api(verb, path, body) {
  const request = {
    method: verb,
    headers: { authorization: `Bearer ${env.GATEHOUSE_CONTROL_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body ?? {}),
  }
  const answer = await fetch(`${env.GATEHOUSE_CONTROL_URL}/api/v1${path}`, request)
  if (!answer.ok) throw new Error(`${verb} ${path}: ${answer.status} ${await answer.text()}`)
}

/** The document at this address describes the gateway as a client; the suite knows it by heart. */
const clientMetadataUrl = 'https://conformance-test.local/client-metadata.json'

function appAuth() {
  if (!scenario.startsWith('auth/')) return { type: 'none' }
  const { client_id, private_key_pem: pem, signing_algorithm } = context
  const secret = { secret: `${slug}-secret` }
  if (scenario === 'auth/client-credentials-jwt')
    return {
      type: 'oauth2_client_credentials',
      client_id,
      client_auth: 'private_key_jwt',
      private_key: secret,
      ...(signing_algorithm === undefined ? {} : { signing_algorithm }),
      value: pem,
    }
  if (scenario === 'auth/client-credentials-basic')
    return { type: 'oauth2_client_credentials', client_id, client_secret: secret, value: context.client_secret }
  const { client_secret: value } = context
  return value === undefined
    ? { type: 'oauth2_authorization_code' }
    : { type: 'oauth2_authorization_code', client_id, client_secret: secret, value }
}

async function register() {
  const { value, ...app_auth } = appAuth()
  if (value !== undefined) await api('PUT', `/secrets/${slug}-secret`, { value })
  const profile = {
    gatehouse: 1,
    name: slug,
    // Only where the scenario is about it: a client that has registered is what most of them are about.
    ...(scenario === 'auth/basic-cimd' ? { oauth: { client_metadata_url: clientMetadataUrl } } : {}),
    mcpServers: { [slug]: { url: serverUrl, app_auth } },
  }
  await api('POST', '/profiles', profile)
  if (value !== undefined) await api('POST', `/servers/${slug}/approve`)
}

/**
 * A person's browser, who grants whatever is asked.
 *
 * @param {string} address
 */
async function open(address) {
  let url = address
  for (let hops = 0; hops < 10; hops++) {
    const answer = await fetch(url, { redirect: 'manual' })
    const location = answer.headers.get('location')
    if (location === null) return { status: answer.status, text: await answer.text() }
    url = new URL(location, url).href
  }
  throw new Error('too many redirects')
}

/**
 * @param {unknown} result
 * @returns the link to connect an account, where this is all that was answered
 */
function linkIn(result) {
  return /http:\/\/\S+\/connect\/[\w-]+\?ticket=[\w-]+/.exec(JSON.stringify(result))?.[0]
}

/**
 * Calls a tool, and connects the account that it wants, as often as it wants one.
 *
 * @param {Client} client
 * @param {string} name
 * @param {Record<string, unknown>} [args]
 * @returns {Promise<unknown>}
 */
async function call(client, name, args = {}) {
  for (let signIns = 0; ; signIns++) {
    const result = await client.callTool({ name, arguments: args })
    const link = linkIn(result)
    process.stderr.write(`${name}: ${JSON.stringify(result).slice(0, 300)}\n`)
    if (link === undefined) return result
    if (signIns === maxSignIns) throw new Error(`${name} still wants an account`)
    const page = await open(link)
    process.stderr.write(`${page.status} ${page.text.replace(/<[^>]*>/g, ' ').replace(/\s+/g, ' ')}\n`)
    if (page.status !== 200) throw new Error('The account was not connected')
  }
}

/**
 * @param {Client} client
 * @returns {Promise<unknown>}
 */
async function runAgent(client) {
  let { tools } = await client.listTools()
  if (tools.some(({ name }) => name === 'connect_account')) {
    await call(client, 'connect_account')
    tools = (await client.listTools()).tools
  }
  const names = tools.map(({ name }) => name)
  process.stderr.write(`tools: ${names.join(' ')}\n`)
  switch (scenario) {
    case 'tools_call':
      return call(client, 'add_numbers', { a: 5, b: 3 })
    case 'elicitation-sep1034-client-defaults':
      return call(client, 'test_client_elicitation_defaults')
    case 'sse-retry':
      return call(client, 'test_reconnection')
    case 'http-standard-headers':
      return everything(client, names)
    case 'json-schema-2020-12-preservation':
      return call(client, 'json_schema_echo', {
        schema: tools.find(({ name }) => name === 'json_schema_2020_12_tool')?.inputSchema,
      })
    case 'sep-2322-client-request-state':
      return Promise.all(names.map((name) => call(client, name)))
    case 'http-custom-headers':
      for (const { name, arguments: args } of context.toolCalls ?? []) await call(client, name, args)
      return undefined
    case 'http-invalid-tool-headers':
      // Whoever calls one of the others has not understood that they are invalid; the SDK leaves them out.
      for (const name of names) await call(client, name).catch(() => undefined)
      return undefined
    case 'auth/client-credentials-jwt':
    case 'auth/client-credentials-basic':
    case 'initialize':
    case 'request-metadata':
    case 'json-schema-ref-no-deref':
      return undefined
    case 'auth/authorization-server-migration':
      await call(client, 'test-tool')
      return call(client, 'test-tool')
    default:
      return call(client, 'test-tool')
  }
}

/**
 * @param {Client} client
 * @param {readonly string[]} tools
 */
async function everything(client, tools) {
  for (const name of tools) await call(client, name)
  for (const { uri } of (await client.listResources()).resources) await client.readResource({ uri })
  for (const { name } of (await client.listPrompts()).prompts) await client.getPrompt({ name })
}

await register()
const client = new Client(
  { name: 'conformance-agent', version: '1.0.0' },
  {
    capabilities: scenario.startsWith('auth/') ? {} : { elicitation: { form: { applyDefaults: true } } },
    versionNegotiation: { mode: isModern ? 'auto' : 'legacy' },
  },
)
if (!scenario.startsWith('auth/'))
  client.setRequestHandler('elicitation/create', ({ params }) => {
    /** @type {Record<string, boolean>} */
    const content = JSON.stringify(params).includes('"confirmed"') ? { confirmed: true } : {}
    return { action: 'accept', content }
  })
const transport = new StreamableHTTPClientTransport(new URL(`${env.GATEHOUSE_DATA_URL}/mcp/${slug}`), {
  requestInit: { headers: { 'x-gatehouse-apikey': env.GATEHOUSE_KEY ?? '' } },
})
await client.connect(transport)
await runAgent(client)
await client.close()

/** The first half: a server that wants an API key, the key in the vault, and an agent with a key of its own. */
import { randomBytes } from 'node:crypto'
import { startSampleServer } from './sample-server.js'
import { callAsAgent, explainLastCall, print, type ControlApi, type Ready } from './story.js'

/** @throws Error where the server did not get its key */
export async function tellOfKeys(ready: Ready, api: ControlApi, key: string): Promise<void> {
  const apiKey = `sample-${randomBytes(18).toString('base64url')}`
  const sample = await startSampleServer(apiKey)
  try {
    print(`2. A sample MCP server runs at ${sample.url}. It answers 401 without its API key.`)
    await api('PUT', '/secrets/sample-weather', { value: apiKey })
    print('3. Its API key goes into the vault, as the secret "sample-weather". Nothing else holds it.')
    await api('PUT', '/servers/weather', {
      url: sample.url,
      app_auth: { type: 'api_key', name: 'X-API-Key', in: 'header', value: { secret: 'sample-weather' } },
      outbound_headers: [{ type: 'caller_identity', header: 'X-User', claim: 'sub' }],
      restricted_inbound_headers: ['x-internal-*'],
    })
    print(
      '4. The server is registered as "weather": app auth api_key, the caller’s name in X-User, x-internal-* kept back.',
    )
    const text = await callAsAgent(ready, key, 'weather', 'weather', { city: 'Lisbon' })
    print(`5. The agent calls the tool "weather" at ${ready.dataUrl}/mcp/weather and gets: ${text}\n`)
    await explainLastCall(api, 'weather', 'weather')
    if (sample.lastHeaders()['x-api-key'] !== apiKey) throw new Error('the server did not get its key')
    print('The server got its key. The agent never had it, and this report does not hold it.\n')
  } finally {
    sample.close()
  }
}

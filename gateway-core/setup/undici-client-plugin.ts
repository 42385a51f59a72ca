/**
 * Bundles undici's HTTP client alone. Its index also loads a fetch, a WebSocket, caches and mocks, none of which the
 * gateway uses; they would cost every start 60 ms of CPU time and 8 MB.
 */
import type { Plugin } from 'vite'

/** What `undici` is in a bundle: the names that the gateway imports, as the index defines them. */
const source = `
import api from 'undici/lib/api/index.js'
import buildConnector from 'undici/lib/core/connect.js'
import errors from 'undici/lib/core/errors.js'
import Agent from 'undici/lib/dispatcher/agent.js'
import Client from 'undici/lib/dispatcher/client.js'
import Dispatcher from 'undici/lib/dispatcher/dispatcher.js'
import Pool from 'undici/lib/dispatcher/pool.js'

Object.assign(Dispatcher.prototype, api)

export function request(target, { dispatcher, method = 'GET', ...options }) {
  const { origin, pathname, search } = new URL(target)
  return dispatcher.request({ ...options, method, origin, path: pathname + search })
}

export { Agent, Client, Pool, buildConnector, errors }
`

const moduleId = '\0undici-client'

export function undiciClient(): Plugin {
  return {
    name: 'gatehouse:undici-client',
    enforce: 'pre',
    applyToEnvironment: ({ name }) => name === 'gateway',
    resolveId: { filter: { id: /^undici$/ }, handler: () => moduleId },
    load: { filter: { id: new RegExp(`^${moduleId}$`) }, handler: () => source },
  }
}

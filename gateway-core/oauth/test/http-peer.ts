/** A server on loopback that answers as a test says, and keeps what it was asked. */
import { createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse } from 'node:http'
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'

export interface SeenRequest {
  readonly method: string
  /** Path and query. */
  readonly url: string
  readonly headers: IncomingHttpHeaders
  readonly body: string
}

export type Respond = (request: SeenRequest, response: ServerResponse) => void

export interface HttpPeer {
  readonly origin: string
  readonly seen: SeenRequest[]
  /** Answers to the requests from now on, in turn; the last one answers all that follow. */
  answerWith(...answers: readonly Respond[]): void
  close(): Promise<void>
}

export async function startHttpPeer(...answers: readonly Respond[]): Promise<HttpPeer> {
  let queue = [...answers]
  const seen: SeenRequest[] = []
  const take = async (incoming: IncomingMessage, response: ServerResponse): Promise<void> => {
    let body = ''
    for await (const chunk of incoming) body += String(chunk)
    const { method = '', url = '', headers } = incoming
    const request = { method, url, headers, body }
    seen.push(request)
    const answer = queue.length > 1 ? queue.shift() : queue[0]
    if (answer === undefined) response.writeHead(404).end()
    else answer(request, response)
  }
  const server = createServer((incoming, response) => void take(incoming, response))
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    seen,
    answerWith: (...next) => (queue = [...next]),
    close: async () => {
      server.close()
      server.closeAllConnections()
    },
  }
}

export function json(status: number, body: unknown, headers: Readonly<Record<string, string>> = {}): Respond {
  return (_request, response) =>
    void response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body))
}

/** By path, without the query; 404 for any other. */
export function byPath(answers: Readonly<Record<string, Respond>>): Respond {
  return (request, response) => {
    const answer = answers[request.url.split('?', 1)[0] ?? '']
    if (answer === undefined) response.writeHead(404).end()
    else answer(request, response)
  }
}

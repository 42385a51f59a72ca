import { once } from 'node:events'
import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { afterEach, describe, expect, it } from 'vitest'
import { isPrivateAddress } from '../oauth/private-address.js'
import { createDocumentReader, type DocumentReader } from './probe-document.js'

const never = new AbortController().signal
const running: { server?: Server; reader?: DocumentReader } = {}

afterEach(async () => {
  await running.reader?.close()
  running.server?.closeAllConnections()
  running.server?.close()
})

async function serve(listener: RequestListener): Promise<string> {
  running.server = createServer(listener).listen(0, '127.0.0.1')
  await once(running.server, 'listening')
  return `http://127.0.0.1:${(running.server.address() as AddressInfo).port}`
}

function readerFor(server: string, mayBePrivate: boolean): DocumentReader {
  running.reader = createDocumentReader(new URL(server), mayBePrivate)
  return running.reader
}

describe('a document', () => {
  it('is read where it is JSON, and is none where it is anything else', async () => {
    const origin = await serve((request, response) => {
      if (request.url === '/object') response.end('{"a":1}')
      else if (request.url === '/text') response.end('<html>')
      else if (request.url === '/list') response.end('[1]')
      else response.writeHead(404).end('{"a":1}')
    })
    const reader = readerFor(origin, true)
    const found = ['/object', '/text', '/list', '/missing'].map((path) => reader.read(`${origin}${path}`, never))
    expect(await Promise.all(found)).toEqual([{ a: 1 }, undefined, undefined, undefined])
  })

  it('is not looked for behind a redirect, and not read beyond 256 KiB', async () => {
    const asked: unknown[] = []
    const origin = await serve((request, response) => {
      asked.push(request.url)
      if (request.url === '/large') response.end(`{"a":"${'x'.repeat(300_000)}"}`)
      else response.writeHead(307, { location: '/elsewhere' }).end()
    })
    const reader = readerFor(origin, true)
    await expect(reader.read(`${origin}/moved`, never)).rejects.toMatchObject({ code: 'redirect_refused' })
    await expect(reader.read(`${origin}/large`, never)).rejects.toMatchObject({ code: 'server_unreachable' })
    expect(asked).toEqual(['/moved', '/large'])
  })

  it('at a private address is not asked for a server that is at none', async () => {
    const asked: unknown[] = []
    const origin = await serve((request, response) => {
      asked.push(request.url)
      response.end('{}')
    })
    const { port } = new URL(origin)
    const reader = readerFor('http://server.example', false)
    for (const host of ['127.0.0.1', 'localhost', '[::1]', '[::ffff:127.0.0.1]', '0x7f.1'])
      await expect(reader.read(`http://${host}:${port}/`, never)).rejects.toMatchObject({
        code: 'server_unreachable',
        message: expect.stringContaining('private network'),
      })
    expect(asked).toEqual([])
  })

  it('over http is asked only for a server that is itself reached so, and never over another scheme', async () => {
    const reader = readerFor('https://server.example', true)
    for (const url of ['http://127.0.0.1/', 'file:///etc/passwd', 'data:application/json,{}', 'not a url'])
      await expect(reader.read(url, never)).rejects.toMatchObject({ message: expect.stringContaining('https:') })
  })

  it('is given up when the signal is aborted', async () => {
    const controller = new AbortController()
    const origin = await serve(() => controller.abort(new Error('enough')))
    await expect(readerFor(origin, true).read(origin, controller.signal)).rejects.toThrow('enough')
  })
})

it.each([
  ['127.8.9.1', true],
  ['10.0.0.1', true],
  ['172.31.255.255', true],
  ['192.168.1.1', true],
  ['169.254.169.254', true],
  ['100.64.0.1', true],
  ['0.0.0.0', true],
  ['255.255.255.255', true],
  ['::1', true],
  ['::', true],
  ['fd00::1', true],
  ['fe80::1', true],
  ['::ffff:10.0.0.1', true],
  ['64:ff9b::7f00:1', true],
  ['8.8.8.8', false],
  ['172.32.0.1', false],
  ['2606:4700::1111', false],
  ['::ffff:8.8.8.8', false],
])('the address %s is private: %s', (address, isPrivate) => {
  expect(isPrivateAddress(address)).toBe(isPrivate)
})

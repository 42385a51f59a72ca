import { once } from 'node:events'
import { createServer, type AddressInfo } from 'node:net'
import { expect, it } from 'vitest'
import { findPortHolder, listeningInodes } from './port-holder.js'

const table = `  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode
   0: 0100007F:10BB 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 111 1 0 100 0 0 10 0
   1: 0100007F:10BB 0100007F:9999 01 00000000:00000000 00:00000000 00000000     0        0 222 1 0 20 4 30 10 -1
   2: 0100007F:10BC 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 333 1 0 100 0 0 10 0
`

it('only a socket that listens holds a port', () => {
  expect(listeningInodes(table, 4283)).toEqual(['111'])
  expect(listeningInodes(table, 80)).toEqual([])
})

it.runIf(process.platform === 'linux')(
  'the program that holds a port is found, and nobody where it is free',
  async () => {
    const server = createServer().listen(0, '127.0.0.1')
    await once(server, 'listening')
    const { port } = server.address() as AddressInfo
    expect(await findPortHolder(port)).toMatchObject({ pid: process.pid })
    server.close()
    await once(server, 'close')
    expect(await findPortHolder(port)).toBeUndefined()
  },
)

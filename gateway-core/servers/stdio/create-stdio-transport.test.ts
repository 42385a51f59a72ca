import { homedir, tmpdir } from 'node:os'
import { afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest'
import { GatewayError } from '../../contract/errors.js'
import { isRecord, type JsonRpcMessage } from '../../contract/json-rpc.js'
import { createStdioTransport, type StdioOptions, type StdioTransport } from './create-stdio-transport.js'
import { fakeServer, isLiving } from './test/server-process.js'

const sending = { outbound: { origin: '', path: '', headers: [] }, timeoutMs: 20_000 }
const open: StdioTransport[] = []
// Whose start files take no time. It is asked for its search path once.
beforeAll(() => void vi.stubEnv('SHELL', '/bin/sh'))
afterEach(async () => {
  await Promise.all(open.splice(0).map((transport) => transport.close()))
})

function connect(args: readonly string[], changes: Partial<StdioOptions> = {}) {
  const messages: JsonRpcMessage[] = []
  const lines: string[] = []
  const waiting: (() => void)[] = []
  let settleClosed: (reason: GatewayError) => void
  const closed = new Promise<GatewayError>((resolve) => (settleClosed = resolve))
  let closedCount = 0
  const transport = createStdioTransport(
    {
      slug: 'fake',
      ...fakeServer(args),
      env: {},
      secrets: [],
      graceMs: 300,
      onStderr: (line) => void lines.push(line),
      ...changes,
    },
    {
      message(message) {
        messages.push(message)
        waiting.splice(0).forEach((wake) => wake())
      },
      closed(reason) {
        closedCount++
        settleClosed(reason)
      },
    },
  )
  open.push(transport)
  async function message(isWanted: (message: JsonRpcMessage) => boolean): Promise<JsonRpcMessage> {
    for (;;) {
      const found = messages.find(isWanted)
      if (found !== undefined) return found
      await new Promise<void>((resolve) => waiting.push(resolve))
    }
  }
  let lastId = 0
  return {
    transport,
    messages,
    lines,
    closed,
    closedCount: () => closedCount,
    start: () => transport.start(sending),
    async call(method: string, params = {}): Promise<Record<string, unknown>> {
      const id = ++lastId
      await transport.send({ jsonrpc: '2.0', id, method, params }, sending)
      const answer = await message((each) => 'id' in each && each.id === id && !('method' in each))
      return 'result' in answer ? { ...answer.result } : {}
    },
    notification: (method: string) => message((each) => 'method' in each && each.method === method),
    async pids(): Promise<readonly number[]> {
      const told = await message((each) => 'method' in each && each.method === 'pids')
      const pids = 'params' in told ? told.params?.['pids'] : undefined
      return Array.isArray(pids) ? pids.map(Number) : []
    },
  }
}

async function failure(promise: Promise<unknown>): Promise<GatewayError> {
  const error = await promise.then(
    () => undefined,
    (reason: unknown) => reason,
  )
  if (!(error instanceof GatewayError)) throw new Error('expected a GatewayError', { cause: error })
  return error
}

const living = async (pids: readonly number[]): Promise<readonly number[]> => {
  const states = await Promise.all(pids.map(isLiving))
  return pids.filter((_, index) => states[index])
}

describe('messages', () => {
  it('go both ways, in order', async () => {
    const server = connect(['echo'])
    await server.start()
    const answers = await Promise.all(['a', 'b', 'c'].map((text) => server.call('say', { text: `${text}ü\n€😀` })))
    expect(answers.map((answer) => answer['text'])).toEqual(['aü\n€😀', 'bü\n€😀', 'cü\n€😀'])
    expect(server.messages).toHaveLength(3)
  })

  it('are read though a line of 10 MiB comes in thousands of pieces that cut characters', async () => {
    const server = connect(['big'])
    await server.start()
    const big = await server.notification('big')
    const text = 'params' in big ? big.params?.['text'] : undefined
    expect(text === 'ü'.repeat(5 * 1024 * 1024)).toBe(true)
  })

  it('of 12 MiB reach a server, and come back', async () => {
    const server = connect(['echo'])
    await server.start()
    const text = 'é'.repeat(6 * 1024 * 1024)
    expect((await server.call('say', { text }))['text'] === text).toBe(true)
  })

  it('are no longer given once it is closed', async () => {
    const server = connect(['echo'])
    await server.start()
    await server.transport.send({ jsonrpc: '2.0', id: 1, method: 'say' }, sending)
    await server.transport.close()
    expect(server.messages).toEqual([])
    expect((await failure(server.call('say'))).code).toBe('server_unreachable')
  })

  it('that a server does not take are an error in time', async () => {
    const server = connect(['deaf'])
    await server.start()
    const text = 'x'.repeat(1024 * 1024)
    const sent = server.transport.send(
      { jsonrpc: '2.0', id: 1, method: 'say', params: { text } },
      { timeoutMs: 50, ...{ outbound: sending.outbound } },
    )
    expect((await failure(sent)).code).toBe('server_timeout')
  })

  it('are refused without end when a server takes none', async () => {
    const server = connect(['deaf'])
    await server.start()
    const text = 'x'.repeat(16 * 1024 * 1024)
    const sends = Array.from({ length: 8 }, (_, id) =>
      failure(server.transport.send({ jsonrpc: '2.0', id, method: 'say', params: { text } }, sending)),
    )
    const first = await Promise.race(sends)
    expect(first.code).toBe('server_timeout')
    await server.transport.close()
    expect((await Promise.all(sends)).map(({ code }) => code)).toContain('server_unreachable')
  })
})

describe('the environment', () => {
  beforeEach(() => {
    vi.stubEnv('AUTH_ENCRYPTION_SECRET', 'of the gateway')
    vi.stubEnv('GATEHOUSE_HOME', 'of the gateway')
    vi.stubEnv('LANG', 'de_DE.UTF-8')
  })
  afterEach(() => vi.unstubAllEnvs())

  it('is a small base and what is configured, in the home folder', async () => {
    const server = connect(['environment'], { env: { TOKEN: 's3cret', TERM: 'mine' } })
    await server.start()
    const { env, cwd } = await server.call('tell')
    if (!isRecord(env)) throw new Error('no environment')
    expect(env).toMatchObject({ TOKEN: 's3cret', TERM: 'mine', LANG: 'de_DE.UTF-8', HOME: process.env['HOME'] })
    expect(Object.values(env)).not.toContain('of the gateway')
    expect(String(env['PATH']).split(':')).toEqual(expect.arrayContaining(['/bin']))
    expect(cwd).toBe(homedir())
  })

  it('has the folder that is configured', async () => {
    const server = connect(['environment'], { cwd: tmpdir() })
    await server.start()
    expect((await server.call('tell'))['cwd']).toBe(tmpdir())
  })
})

describe('a start that fails', () => {
  it.each([
    ['no such command', { command: 'no-such-command' }, 'no-such-command was not found'],
    ['no such folder', { cwd: '/no/such/folder' }, 'its working folder /no/such/folder is not there'],
    ['no permission', { command: '/etc/passwd' }, '/etc/passwd may not be executed'],
    ['arguments too long', { args: ['x'.repeat(4 * 1024 * 1024)] }, 'are too long'],
    ['a null byte', { args: ['hunter22\0'] }, 'refused the command'],
  ])('names the command and a fix, and no argument: %s', async (_, changes, text) => {
    const server = connect(['echo'], { args: ['hunter22'], env: { TOKEN: 'hunter22' }, ...changes })
    const error = await failure(server.start())
    expect(error).toMatchObject({ code: 'server_unreachable', detail: expect.stringContaining(text) })
    expect(error.fix).toBeTruthy()
    expect(error.cause).toBeUndefined()
    expect(error.message).not.toContain('hunter22')
    await server.transport.close()
    expect(server.closedCount()).toBe(0)
  })

  it('is one that was closed before', async () => {
    const server = connect(['echo'])
    const start = failure(server.start())
    await server.transport.close()
    expect((await start).code).toBe('server_unreachable')
    expect((await failure(server.start())).code).toBe('internal')
  })
})

describe('the end of a process', () => {
  it('is told once, with its exit code and its last words, in which secrets are masked', async () => {
    const server = connect(['crash'], { secrets: ['hunter22'] })
    await server.start()
    const call = failure(server.call('say'))
    expect(await server.closed).toMatchObject({
      code: 'server_unreachable',
      detail: 'The server fake ended with exit code 3: cannot go on with ****.',
    })
    await server.transport.close()
    expect(server.closedCount()).toBe(1)
    expect(server.transport.stderr()).toEqual(['loading', 'cannot go on with ****'])
    expect(server.lines).toEqual(server.transport.stderr())
    expect((await failure(server.call('say'))).message).toContain('exit code 3')
    void call
  })

  it('is an error of a message that was under way', async () => {
    const server = connect(['crash'])
    await server.start()
    const text = 'x'.repeat(4 * 1024 * 1024)
    const sent = server.transport.send({ jsonrpc: '2.0', id: 1, method: 'say', params: { text } }, sending)
    expect((await failure(sent)).message).toContain('exit code 3')
  })

  it('takes along what it started', async () => {
    const server = connect(['family', 'group'])
    await server.start()
    const pids = await server.pids()
    expect(await living(pids)).toEqual(pids)
    void server.call('crash')
    expect((await server.closed).message).toContain('exit code 5')
    await server.transport.close()
    expect(await living(pids)).toEqual([])
  })

  it('is seen when it only closes its output', async () => {
    const server = connect(['mute'])
    await server.start()
    expect((await server.closed).message).toContain('closed its standard output')
  })
})

describe('close', () => {
  it('lets a sound server end by itself, at once', async () => {
    const server = connect(['echo'], { graceMs: 10_000 })
    await server.start()
    await server.call('say')
    const before = performance.now()
    await server.transport.close()
    expect(performance.now() - before).toBeLessThan(5000)
    expect(server.closedCount()).toBe(0)
  })

  it('kills one that ignores the end of its input and SIGTERM', async () => {
    const server = connect(['hang'])
    await server.start()
    const pids = await server.pids()
    const [first, second] = [server.transport.close(), server.transport.close()]
    await Promise.all([first, second])
    expect(await living(pids)).toEqual([])
    await server.transport.close()
  })

  it('kills what a server started and left behind in its group', async () => {
    const server = connect(['family', 'group'])
    await server.start()
    const pids = await server.pids()
    await server.transport.close()
    expect(pids).toHaveLength(2)
    expect(await living(pids)).toEqual([])
  })

  it.runIf(process.platform === 'linux')('kills what left the group', async () => {
    const server = connect(['family', 'setsid'])
    await server.start()
    const pids = await server.pids()
    await server.transport.close()
    expect(pids).toHaveLength(2)
    expect(await living(pids)).toEqual([])
  })

  it('does nothing before the start', async () => {
    await connect(['echo']).transport.close()
  })
})

describe('standard output that is no message', () => {
  it('is counted, kept and ignored', async () => {
    const server = connect(['strays'], { secrets: ['hunter22'] })
    await server.start()
    await server.notification('ready')
    const { count, lines } = server.transport.stray()
    expect(count).toBe(33)
    expect(lines).toHaveLength(20)
    expect(lines.slice(-4)).toEqual(['starting 29 with ****', '[1]', '{"jsonrpc":"2.0"}', '{"jsonrpc"'])
    expect(await server.call('say')).toEqual({})
  })

  it('without end is the end', async () => {
    const server = connect(['rubbish'])
    await server.start()
    const reason = await server.closed
    expect(reason).toMatchObject({ code: 'server_unreachable', fix: expect.stringContaining('standard error') })
    expect(server.transport.stray().count).toBeGreaterThanOrEqual(1000)
  })

  it('in a line without end is the end', async () => {
    const server = connect(['endless'])
    await server.start()
    expect((await server.closed).message).toContain('64 MiB')
  })
})

describe('a flood on standard error', () => {
  it.each(['short', 'long'])('of %s lines is read to its end and kept in part', async (kind) => {
    const server = connect(['flood', kind])
    await server.start()
    const before = process.memoryUsage().rss
    expect(await server.call('flood')).toEqual({})
    await vi.waitFor(() => expect(server.transport.stderr().at(-1)).toBe('the last'))
    expect(server.transport.stderr().length).toBeLessThanOrEqual(200)
    expect(Math.max(...server.transport.stderr().map((line) => line.length))).toBeLessThanOrEqual(2049)
    expect(server.lines.length).toBeLessThan(20_000)
    expect(process.memoryUsage().rss - before).toBeLessThan(128 * 1024 * 1024)
  })
})

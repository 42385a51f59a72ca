import { expect, it } from 'vitest'
import { capturedExchange } from './inspector/captured-exchange.test-data.js'
import { createRequestLog } from './log-requests.js'

const caller = { id: 'https://idp.example#ada', subject: 'ada', method: 'oauth', client: 'cursor' } as const

function logOf({ debug = false } = {}) {
  const lines: { readonly level: string; readonly fields: object; readonly text: string }[] = []
  const at = (level: string) => (fields: object, text: string) => void lines.push({ level, fields, text })
  let nowMs = 0
  const log = createRequestLog({ info: at('info'), debug: at('debug'), isLevelEnabled: () => debug }, () => nowMs)
  return { lines, log, pass: (ms: number) => void (nowMs += ms) }
}

it('who asked, how they proved it, with which client and for what is logged where a request is refused', () => {
  const { lines, log } = logOf()
  log(capturedExchange({ caller, errorCode: 'shield_denied', status: 403 }))
  log(capturedExchange({ caller: null, errorCode: 'unauthenticated', status: 401, method: null, tool: null }))
  log(capturedExchange({ caller }))
  expect(lines).toMatchObject([
    {
      level: 'info',
      fields: {
        caller,
        method: 'tools/call',
        tool: 'echo',
        server: 'github',
        code: 'shield_denied',
        requestId: 'request-1',
      },
    },
    { fields: { caller: null, code: 'unauthenticated', status: 401 } },
  ])
})

it('a request that was answered is logged at debug alone', () => {
  const { lines, log } = logOf({ debug: true })
  log(capturedExchange({ caller }))
  expect(lines).toMatchObject([{ level: 'debug', fields: { caller, method: 'tools/call' } }])
})

it('what comes faster than anybody reads is counted, and text that is no name is not repeated', () => {
  const { lines, log, pass } = logOf()
  for (let n = 0; n < 100; n++) log(capturedExchange({ errorCode: 'unauthenticated', tool: 'a secret, perhaps' }))
  pass(1000)
  log(capturedExchange({ errorCode: 'unauthenticated' }))
  expect(lines).toHaveLength(21)
  expect(lines.at(-1)?.fields).toMatchObject({ notLogged: 80 })
  expect(JSON.stringify(lines)).not.toContain('perhaps')
})

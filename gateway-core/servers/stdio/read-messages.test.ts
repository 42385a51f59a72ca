import { expect, it } from 'vitest'
import { createMessageReader } from './read-messages.js'

function reader() {
  const seen = { messages: 0, strays: [] as string[], rubbish: 0, nowMs: 0 }
  const push = createMessageReader(
    {
      message: () => void seen.messages++,
      stray: (line) => void seen.strays.push(line),
      tooLong: () => undefined,
      rubbish: () => void seen.rubbish++,
    },
    () => seen.nowMs,
  )
  return { seen, push: (text: string) => push(Buffer.from(text)) }
}

const message = '{"jsonrpc":"2.0","method":"a"}\r\n'

it('a thousand stray lines at once are rubbish, empty ones among them', () => {
  const { seen, push } = reader()
  push('no\n\n'.repeat(499))
  push('no\n')
  expect(seen.rubbish).toBe(0)
  push('\n')
  expect(seen.rubbish).toBe(1)
  expect(seen.strays).toHaveLength(500)
})

it('a message among them makes a new beginning', () => {
  const { seen, push } = reader()
  for (let n = 0; n < 5; n++) push('no\n'.repeat(999) + message)
  expect(seen).toMatchObject({ messages: 5, rubbish: 0 })
})

it('a line now and then never is', () => {
  const { seen, push } = reader()
  for (let n = 0; n < 5000; n++) {
    seen.nowMs += 20
    push('no\n')
  }
  expect(seen.rubbish).toBe(0)
})

it('what is JSON and no message is stray, as are batches', () => {
  const { seen, push } = reader()
  push('{}\n[{"jsonrpc":"2.0","method":"a"}]\n{"jsonrpc":"2.0","id":null,"method":"a"}\n"text"\n')
  push(`  ${message}`)
  expect(seen).toMatchObject({ messages: 1, strays: { length: 4 } })
})

import { describe, expect, it } from 'vitest'
import { AnswerUnreadable, eventGate, jsonGate, type MessageJudge } from './answer-gate.js'

const replace: MessageJudge = async (message) => (message['id'] === 2 ? { jsonrpc: '2.0', id: 2, error: {} } : message)

async function through(gate: ReturnType<typeof jsonGate>, text: string, size: number): Promise<string> {
  const bytes = Buffer.from(text)
  const out: Buffer[] = []
  for (let at = 0; at < bytes.length; at += size) out.push(await gate.push(bytes.subarray(at, at + size)))
  out.push(await gate.end())
  return Buffer.concat(out).toString()
}

const response = (id: number): string => JSON.stringify({ jsonrpc: '2.0', id, result: { text: 'é✓' } })
const progress = '{ "jsonrpc": "2.0", "method": "notifications/progress", "params": {} }'

describe('a gate for answers', () => {
  it.each([1, 2, 7, 1000])('passes on what is not changed byte by byte, in pieces of %i', async (size) => {
    const stream = `id: 1\r\ndata:\r\n\r\n: comment\n\nevent: message\ndata: ${progress}\n\ndata: ${response(1)}\r\rid: 9\ndata: {"jsonrpc":"2.0",\ndata: "id":3,"result":{}}\n\n`
    expect(await through(eventGate(replace), stream, size)).toBe(stream)
    expect(await through(jsonGate(replace), ` ${response(1)}\n`, size)).toBe(` ${response(1)}\n`)
  })

  it.each([1, 5, 1000])('replaces a response and keeps the id of its event, in pieces of %i', async (size) => {
    const stream = `data: ${progress}\n\nid: 7\nevent: message\ndata: ${response(2)}\n\ndata: ${response(1)}\n\n`
    expect(await through(eventGate(replace), stream, size)).toBe(
      `data: ${progress}\n\nid: 7\nevent: message\ndata: {"jsonrpc":"2.0","id":2,"error":{}}\n\ndata: ${response(1)}\n\n`,
    )
    expect(await through(jsonGate(replace), `[${response(2)},${response(1)}]`, size)).toBe(
      `[{"jsonrpc":"2.0","id":2,"error":{}},${response(1)}]`,
    )
  })

  it('refuses what it cannot read', async () => {
    await expect(through(jsonGate(replace), 'not json', 100)).rejects.toThrow(AnswerUnreadable)
    await expect(through(eventGate(replace), 'data: {"result"\n\n', 100)).rejects.toThrow(AnswerUnreadable)
    await expect(jsonGate(replace).push(Buffer.alloc(17 * 1024 * 1024))).rejects.toThrow(AnswerUnreadable)
  })

  it('gives nothing of an event that is not ended', async () => {
    expect(await through(eventGate(replace), `data: ${response(2)}`, 3)).toBe('')
  })
})

import { expect, it } from 'vitest'
import { keyBody } from './key-draft.js'

const empty = { name: ' ci ', subject: '', email: '', agent: '', servers: [], tools: '', expiry: 'never' } as const

it('leaves out what is empty', () => {
  expect(keyBody(empty, 0)).toEqual({ name: 'ci' })
})

it('takes patterns with commas or spaces between them, and counts days from now', () => {
  expect(
    keyBody({ ...empty, subject: 'ada', servers: ['files'], tools: 'read_*, files/write', expiry: 'd7' }, 0),
  ).toEqual({
    name: 'ci',
    subject: 'ada',
    servers: ['files'],
    tools: ['read_*', 'files/write'],
    expiresAt: '1970-01-08T00:00:00.000Z',
  })
})

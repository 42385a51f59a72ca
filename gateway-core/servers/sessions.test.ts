import { expect, it } from 'vitest'
import { createSessions } from './sessions.js'

it('knows a session to its caller on its server alone', () => {
  const sessions = createSessions()
  sessions.give('github', 's1', 'alice')
  expect(sessions.belongsTo('github', 's1', 'alice')).toBe(true)
  expect(sessions.belongsTo('github', 's1', 'bob')).toBe(false)
  expect(sessions.belongsTo('gitlab', 's1', 'alice')).toBe(false)
  expect(sessions.belongsTo('github', 's2', 'alice')).toBe(false)
})

it('forgets one session, or all of a server', () => {
  const sessions = createSessions()
  for (const [slug, id] of [['a', '1'], ['a', '2'], ['ab', '1']] as const) sessions.give(slug, id, 'alice') // prettier-ignore
  sessions.forget('a', '1')
  expect(sessions.belongsTo('a', '1', 'alice')).toBe(false)
  expect(sessions.belongsTo('a', '2', 'alice')).toBe(true)
  sessions.forgetServer('a')
  expect(sessions.belongsTo('a', '2', 'alice')).toBe(false)
  expect(sessions.belongsTo('ab', '1', 'alice')).toBe(true)
})

it('keeps 50,000, and gives up the one that was not used for longest', () => {
  const sessions = createSessions()
  for (let i = 0; i < 50_000; i++) sessions.give('a', String(i), 'alice')
  expect(sessions.belongsTo('a', '0', 'alice')).toBe(true)
  sessions.give('a', 'one more', 'alice')
  expect(sessions.belongsTo('a', '0', 'alice')).toBe(true)
  expect(sessions.belongsTo('a', '1', 'alice')).toBe(false)
})

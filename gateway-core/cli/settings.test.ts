import { expect, it } from 'vitest'
import { patchOf } from './settings.js'

it('takes settings by their names', () => {
  expect(
    patchOf(['exchanges.keep=memory', 'exchanges.maxAgeDays=0.5', 'telemetry.otlpEndpoint=http://h:4318/?a=b']),
  ).toEqual({
    exchanges: { keep: 'memory', maxAgeDays: 0.5 },
    telemetry: { otlpEndpoint: 'http://h:4318/?a=b' },
  })
  expect(patchOf(['telemetry.otlpEndpoint=null'])).toEqual({ telemetry: { otlpEndpoint: null } })
})

it.each([[[]], [['exchanges.keep']], [['keep=memory']], [['__proto__.x=1']]])('refuses %j', (assignments) => {
  expect(() => patchOf(assignments)).toThrow('expected NAME=VALUE')
})

import { expect, it } from 'vitest'
import { baseEnvironment, withVariables } from './child-environment.js'

it('the base holds what every program needs and nothing that is the gateway’s', () => {
  const own = {
    HOME: '/home/me',
    PATH: '/bin',
    GATEHOUSE_HOME: 'x',
    AWS_SECRET_ACCESS_KEY: 'x',
    home: 'x',
    TZ: undefined,
  }
  expect(baseEnvironment(own, false)).toEqual({ HOME: '/home/me' })
})

it('on Windows names count without their case', () => {
  const base = baseEnvironment({ SystemRoot: 'C:\\Windows', Path: 'C:\\', ComSpec: 'cmd', SECRET: 'x' }, true)
  expect(base).toEqual({ SystemRoot: 'C:\\Windows', ComSpec: 'cmd' })
  expect(withVariables({ ...base, PATH: 'a' }, { Path: 'b', SYSTEMROOT: 'D:\\' }, true)).toEqual({
    ComSpec: 'cmd',
    Path: 'b',
    SYSTEMROOT: 'D:\\',
  })
})

it('elsewhere they count with it', () => {
  expect(withVariables({ PATH: 'a' }, { Path: 'b', PATH: 'c' }, false)).toEqual({ PATH: 'c', Path: 'b' })
})

import { describe, expect, it } from 'vitest'
import { startingState, type GatewayState } from '../gateway-process/gateway-state.js'
import { trayModel, type TrayModel } from './tray-menu.js'

const running: GatewayState = {
  ...startingState,
  phase: 'running',
  vault: 'unlocked',
  dataUrl: 'http://127.0.0.1:4283',
}
const labels = (model: TrayModel): readonly string[] =>
  model.items.map((item) => (item.type === 'item' ? item.label : '-'))
const actionOf = (model: TrayModel, label: string): unknown =>
  model.items.flatMap((item) => (item.type === 'item' && item.label === label ? [item.action] : []))[0]

describe('trayModel', () => {
  it('says where agents call, and offers what one does most', () => {
    const model = trayModel(running, 0)
    expect(labels(model)).toEqual([
      'running at 127.0.0.1:4283',
      '-',
      'Copy address for agents',
      'Pause',
      'Lock the vault',
      '-',
      'Open Gatehouse',
      'Quit',
    ])
    expect(model.mark).toBe('none')
    expect(actionOf(model, 'Copy address for agents')).toEqual({ do: 'copy', text: 'http://127.0.0.1:4283/mcp' })
  })

  it.each([
    [{ phase: 'starting' }, 'starting…', 'needs-you'],
    [{ phase: 'stopped' }, 'stopped: agents get no answer', 'needs-you'],
    [{ vault: 'uninitialized' }, 'waiting for a passphrase', 'locked'],
    [{ vault: 'locked' }, 'locked', 'locked'],
    [{ paused: true }, 'paused', 'paused'],
    [{ signInNeeded: ['github'] }, 'running at 127.0.0.1:4283', 'needs-you'],
  ] as const)('%j is told as “%s” with the mark %s', (change, status, mark) => {
    const model = trayModel({ ...running, ...change }, 0)
    expect([labels(model)[0], model.mark, model.tooltip]).toEqual([status, mark, `Gatehouse: ${status}`])
  })

  it('is always a way to the window, and to quit', () => {
    for (const state of [startingState, running, { ...running, vault: 'locked' as const }])
      expect(labels(trayModel(state, 0)).slice(-2)).toEqual(['Open Gatehouse', 'Quit'])
  })

  it('offers to resume what is paused, and neither where nothing runs', () => {
    expect(actionOf(trayModel({ ...running, paused: true }, 0), 'Resume')).toEqual({ do: 'resume' })
    expect(labels(trayModel(startingState, 0))).not.toContain('Pause')
  })

  it('leads to the server that waits, or home where there are several', () => {
    expect(actionOf(trayModel({ ...running, signInNeeded: ['github'] }, 0), '1 server needs you to sign in')).toEqual({
      do: 'open',
      target: { page: 'server', slug: 'github' },
    })
    const several = trayModel({ ...running, signInNeeded: ['github', 'linear', 'sentry'] }, 0)
    expect(actionOf(several, '3 servers need you to sign in')).toEqual({ do: 'open', target: { page: 'home' } })
  })

  it('names the last denial and leads to it, whatever the tool is called', () => {
    const tool = `evil\u202e\n&x${'y'.repeat(100)}`
    const model = trayModel({ ...running, lastDenial: { id: 'e1', server: 'github', tool, atMs: 0 } }, 5 * 60_000)
    const [, denial = ''] = labels(model)
    expect(denial).toMatch(/^Denied 5 min ago: github › evil&&xy+…$/)
    expect(denial.length).toBeLessThan(80)
    expect(actionOf(model, denial)).toEqual({ do: 'open', target: { page: 'exchange', id: 'e1' } })
  })
})

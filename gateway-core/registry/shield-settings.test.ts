import { describe, expect, it } from 'vitest'
import type { ProfileSettings } from '../contract/profile.js'
import { mergeShield, shieldWarnings } from './shield-settings.js'

type Shield = NonNullable<ProfileSettings['shield']>
const remote = { url: 'https://shield.example.com/v1', credential: { secret: 'shield-key' } }
const merged = (...shields: readonly Shield[]) =>
  mergeShield({
    profiles: shields.map((shield, index) => ({ name: `p${index}`, settings: { shield }, updatedAt: '' })),
    policies: [],
  })

describe('Shield of several profiles', () => {
  it('is the strictest of all', () => {
    const text = 'permit(principal, action, resource);'
    expect(
      merged(
        { enabled: true, remote, timeout_ms: 100, ask_timeout_ms: 5000 },
        { remote, on_failure: 'deny', policies: [{ name: 'a', text }] },
        { enabled: false, policies: [{ name: 'off', text }], ask_timeout_ms: 1 },
      ),
    ).toEqual({
      enabled: true,
      timeoutMs: 1500,
      onFailure: 'deny',
      remotes: [{ url: remote.url, credential: 'shield-key' }],
      policies: [{ name: 'a', text, profile: 'p1' }],
      askTimeoutMs: 5000,
      pinTools: true,
    })
  })

  it('is on for a policy that a person set, whatever profiles say', () => {
    const policies = [{ name: 'mine', text: '', updatedAt: '' }]
    expect(mergeShield({ profiles: [], policies })).toMatchObject({ enabled: true, policies: [{ name: 'mine' }] })
  })

  it('pins tools where it is enabled in so many words, unless it says otherwise', () => {
    expect(merged({ remote }).pinTools).toBe(false)
    expect(merged({ enabled: true }).pinTools).toBe(true)
    expect(merged({ enabled: true, pin_tools: false }).pinTools).toBe(false)
    expect(merged({ remote, pin_tools: true }).pinTools).toBe(true)
  })
})

describe('a profile that turns Shield down', () => {
  const was: Shield = {
    enabled: true,
    remote,
    on_failure: 'deny',
    timeout_ms: 500,
    policies: [{ name: 'a', text: 'x' }],
  }

  it.each<[string, Shield | undefined]>([
    ['it is turned off', undefined],
    ['it is turned off', { ...was, enabled: false }],
    ['the remote Shield is no longer asked', { ...was, remote: undefined }],
    ['another remote Shield is asked', { ...was, remote: { url: 'https://other.example.com' } }],
    ['let through instead of refused', { ...was, on_failure: 'allow' }],
    ['9000 ms to answer instead of 500 ms', { ...was, timeout_ms: 9000 }],
    ['no longer held', { ...was, pin_tools: false }],
    ['waits 90000 ms', { ...was, ask_timeout_ms: 90_000 }],
    ['the policy a is removed', { ...was, policies: [] }],
    ['the policy a is changed', { ...was, policies: [{ name: 'a', text: 'y' }] }],
  ])('is told that %s', (loss, shield) => {
    const after = shield === undefined ? {} : { shield }
    expect(shieldWarnings({ shield: was }, after)).toEqual([expect.stringContaining(loss)])
  })

  it('is told nothing where Shield stays, does more, or did nothing before', () => {
    expect(
      shieldWarnings(
        { shield: was },
        { shield: { ...was, policies: [...(was.policies ?? []), { name: 'b', text: '' }] } },
      ),
    ).toEqual([])
    expect(shieldWarnings(undefined, { shield: { enabled: false } })).toEqual([])
    expect(shieldWarnings({ shield: { enabled: false, remote } }, {})).toEqual([])
  })
})

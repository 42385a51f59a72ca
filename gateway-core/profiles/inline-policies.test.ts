import { mkdtempSync, mkdirSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { contractExample } from './contract-example.test-data.js'
import { inlinePolicies, policyReader } from './inline-policies.js'
import { readProfile } from './read-profile.js'

const policy = 'forbid(principal, action, resource)\n  when { "x" == "\\\\" };\n'
const files: Readonly<Record<string, string>> = { './policies/production.cedar': policy, 'b.cedar': 'permit' }
const readPolicy = (path: string): string => {
  const text = files[path]
  if (text === undefined) throw new Error('no such file')
  return text
}

describe('putting policies into a profile', () => {
  it('turns paths into name and text, and leaves the rest and its lines as they were', async () => {
    const text = await inlinePolicies(contractExample, 'yaml', readPolicy)
    expect(text.split('\n')).toHaveLength(contractExample.split('\n').length)
    const { profile } = readProfile({ text, format: 'yaml' }, { allowPolicyPaths: false })
    expect(profile.shield?.policies).toEqual([{ name: 'production', text: policy }])
    expect(text).toContain('# the built-in engine')
  })

  it('does the same for block lists and for JSON with comments', async () => {
    const block =
      'gatehouse: 1\nname: x\nshield:\n  policies:\n    - "./policies/production.cedar"\n    - b.cedar # two\n'
    const fromBlock = readProfile(
      { text: await inlinePolicies(block, 'yaml', readPolicy), format: 'yaml' },
      { allowPolicyPaths: false },
    )
    const json =
      '{"gatehouse": 1, "name": "x", "shield": {"policies": [ /* one */ "./policies/production.cedar", "b.cedar"]}}'
    const fromJson = readProfile(
      { text: await inlinePolicies(json, 'json', readPolicy), format: 'json' },
      { allowPolicyPaths: false },
    )
    const expected = [
      { name: 'production', text: policy },
      { name: 'b', text: 'permit' },
    ]
    expect(fromBlock.profile.shield?.policies).toEqual(expected)
    expect(fromJson.profile.shield?.policies).toEqual(expected)
  })

  it('leaves a profile without policies alone', async () => {
    expect(await inlinePolicies('mcpServers: {}\n', 'yaml', readPolicy)).toBe('mcpServers: {}\n')
  })

  it('names the line of a path that leaves the folder, cannot be read, or gives a name twice', async () => {
    const inline = (paths: string): Promise<string> =>
      inlinePolicies(`gatehouse: 1\nshield:\n  policies: [${paths}]\n`, 'yaml', readPolicy)
    await expect(inline('../a.cedar')).rejects.toMatchObject({
      code: 'profile_invalid',
      errors: [{ path: 'shield.policies[0]', line: 3, message: 'expected a path within the folder of the profile' }],
    })
    await expect(inline('gone.cedar')).rejects.toThrow('gone.cedar cannot be read: no such file')
    await expect(inline('b.cedar, b.cedar')).rejects.toThrow('two policies have the name b')
  })
})

describe('the reader of policies', () => {
  let folder = ''
  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'gatehouse-policies-'))
    mkdirSync(join(folder, 'team'))
    writeFileSync(join(folder, 'outside.cedar'), 'outside')
    writeFileSync(join(folder, 'team', 'in.cedar'), 'inside')
    symlinkSync(join(folder, 'outside.cedar'), join(folder, 'team', 'link.cedar'))
  })
  afterEach(() => rmSync(folder, { recursive: true }))

  it('reads what lies in the folder and follows no link out of it', async () => {
    const read = policyReader(join(folder, 'team'))
    expect(await read('./in.cedar')).toBe('inside')
    await expect(read('link.cedar')).rejects.toThrow('it leads out of the folder of the profile')
    await expect(read('../outside.cedar')).rejects.toThrow('it leads out of the folder of the profile')
  })
})

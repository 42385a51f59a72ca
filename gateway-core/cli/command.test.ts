import { describe, expect, it } from 'vitest'
import {
  commandFirst,
  optionReaders,
  parseArguments,
  requirePositionals,
  runSubcommand,
  type Arguments,
  type Command,
} from './command.js'
import { UsageError } from './command-error.js'
import { accounts } from './accounts.js'
import { agents } from './agents.js'
import { approvals } from './approvals.js'
import { exchanges } from './exchanges.js'
import { issuances } from './issuances.js'
import { keys } from './keys.js'
import { policies } from './policies.js'
import { profiles } from './profiles.js'
import { secrets } from './secrets.js'
import { servers } from './servers.js'

/** Arguments as a command gets them, with no gateway to talk to. */
function argumentsOf(command: Command, ...argv: string[]): Arguments {
  const { values, positionals } = parseArguments(command, argv)
  const oauth = { requestTimeoutMs: 1000, maxRetries: 0 }
  const environment = {
    dataDir: '/none',
    passphraseFile: undefined,
    passphrase: undefined,
    port: 0,
    controlPort: 0,
    oauth,
    otlpEndpoint: undefined,
  }
  return {
    ...optionReaders(values),
    positionals,
    json: values['json'] === true,
    dataDir: '/none',
    environment,
    client: () => expect.unreachable('the gateway was asked'),
    print: () => expect.unreachable('something was printed'),
    answer: () => expect.unreachable('something was printed'),
  }
}

describe('arguments', () => {
  it('that every command takes may stand before the command', () => {
    expect(commandFirst(['--json', '--data-dir', '/d', 'keys', 'list', '--subject=s'])).toEqual([
      ...['keys', 'list', '--subject=s'],
      ...['--json', '--data-dir', '/d'],
    ])
    expect(commandFirst(['--data-dir=/d', 'ui'])).toEqual(['ui', '--data-dir=/d'])
    expect(commandFirst(['--help'])).toEqual(['--help'])
    expect(commandFirst([])).toEqual([])
  })

  it('are read by name, lists with commas or several times', () => {
    const args = argumentsOf(keys, 'add', 'ci', '--servers', 'a, b', '--servers=c', '--json')
    expect([args.positionals, args.json, args.list('servers'), args.list('tools'), args.text('subject')]).toEqual([
      ['add', 'ci'],
      true,
      ['a', 'b', 'c'],
      undefined,
      undefined,
    ])
  })

  it.each([
    ['an unknown option', ['list', '--colour']],
    ['an option without its value', ['set', 'name', '--subject']],
    ['a value where there is none', ['list', '--json=yes']],
  ])('refuse %s', (_what, argv) => {
    expect(() => parseArguments(secrets, argv)).toThrow(UsageError)
  })

  it('never repeat a value that was given where it does not belong', () => {
    for (const argv of [
      ['set', 'n', '--value=planted-value'],
      ['set', 'n', '--json=planted-value'],
      ['--planted', 'planted-value'],
    ])
      expect(() => parseArguments(secrets, argv)).toThrow(/^(?!.*planted-value)/)
  })

  it('are as many as the command names', () => {
    expect(() => requirePositionals(argumentsOf(secrets), 'NAME')).toThrow('expected NAME')
    expect(() => requirePositionals(argumentsOf(secrets, 'a', 'planted-value'), 'NAME')).toThrow(
      'expected no further argument',
    )
    expect(requirePositionals(argumentsOf(secrets, 'a'), 'NAME')).toEqual(['a'])
  })
})

describe('wrong usage is found before the gateway is asked', () => {
  const wrong: [string, Command, string[]][] = [
    ['no subcommand', servers, []],
    ['an unknown subcommand', servers, ['frobnicate']],
    ['a subcommand of every object', servers, ['constructor']],
    ['a secret as an argument', secrets, ['set', 'name', 'planted-value']],
    ['a key as an argument', keys, ['import', 'name', 'planted-value']],
    ['a server without where it is', servers, ['add', 'x']],
    ['a server with two', servers, ['add', 'x', '--url', 'http://127.0.0.1', '--file', 'x.yaml']],
    ['nothing to set', servers, ['set', 'x']],
    ['a setting without a value', servers, ['set', 'x', 'enabled']],
  ]
  it.each(wrong)('%s', async (_what, command, argv) => {
    const failure = await command.run(argumentsOf(command, ...argv)).catch((error: unknown) => error)
    expect(failure).toBeInstanceOf(UsageError)
    expect(String(failure)).not.toContain('planted-value')
  })

  const verbs: [string, Command, string][] = [
    ['servers', servers, 'list, show, add, set, remove, approve'],
    ['secrets', secrets, 'list, show, add, set, remove'],
    ['keys', keys, 'list, show, add, import, set, remove'],
    ['accounts', accounts, 'list, show, add, set, remove'],
    ['issuances', issuances, 'list, show'],
    ['exchanges', exchanges, 'list, show, replay, export, clear'],
    ['agents', agents, 'list, show, add, connect, remove'],
    ['policies', policies, 'list, show, add, set, remove'],
    ['profiles', profiles, 'list, show, add, set, remove'],
    ['approvals', approvals, 'list, show, allow, deny'],
  ]
  it.each(verbs)('%s names what it takes', async (_noun, command, expected) => {
    for (const argv of [[], ['frobnicate']]) {
      const failure = await command.run(argumentsOf(command, ...argv)).catch((error: unknown) => error)
      expect(failure).toBeInstanceOf(UsageError)
      expect(String(failure)).toContain(`expected one of ${expected}`)
    }
  })

  it('names the subcommands', async () => {
    await expect(
      runSubcommand(argumentsOf(secrets, 'x'), { list: async () => undefined, set: async () => undefined }),
    ).rejects.toThrow('expected one of list, set')
  })
})

/** What a command of the command line is, and what it is given. */
import { parseArgs, type ParseArgsConfig } from 'node:util'
import { UsageError } from './command-error.js'
import type { ControlClient } from './control-client.js'
import type { Environment } from './environment.js'

export type CommandOptions = NonNullable<ParseArgsConfig['options']>

export interface Command {
  /** One line for each form, without `gatehouse`. */
  readonly usage: readonly string[]
  /** Beside `--json`, `--data-dir` and `--help`, which every command takes. */
  readonly options: CommandOptions
  run(args: Arguments): Promise<void>
}

/** The parsed arguments of one command, and what it may use. */
export interface Arguments {
  readonly positionals: readonly string[]
  readonly json: boolean
  /** Absolute. */
  readonly dataDir: string
  readonly environment: Environment
  /** Whether a boolean option was given. */
  has(option: string): boolean
  text(option: string): string | undefined
  /** The values of an option that may be given several times, or with commas between them. */
  list(option: string): readonly string[] | undefined
  /** The running gateway's control API. @throws CommandError where no gateway runs */
  client(): Promise<ControlClient>
  /** Writes text to standard output, with a line break after it. */
  print(text: string): void
  /** Prints an answer: as JSON with `--json`, else as the text for people, if there is any. */
  answer(value: unknown, text: () => string): void
}

const commonOptions: CommandOptions = {
  json: { type: 'boolean' },
  'data-dir': { type: 'string' },
  help: { type: 'boolean', short: 'h' },
}

/** Puts options that every command takes behind the command, where they are given before it. */
export function commandFirst(argv: readonly string[]): readonly string[] {
  let count = 0
  while (count < argv.length) {
    const option = argv[count] ?? ''
    if (option === '--data-dir') count += 2
    else if (option === '--json' || option.startsWith('--data-dir=')) count += 1
    else break
  }
  return [...argv.slice(count), ...argv.slice(0, count)]
}

export interface ParsedArguments {
  readonly values: Readonly<Record<string, unknown>>
  readonly positionals: readonly string[]
}

/** @throws UsageError for an option that is unknown, or lacks its value */
export function parseArguments(command: Command, argv: readonly string[]): ParsedArguments {
  try {
    return parseArgs({
      args: [...argv],
      options: { ...command.options, ...commonOptions },
      allowPositionals: true,
      strict: true,
    })
  } catch (error) {
    // The parser's message names the option and not its value, up to the advice that follows.
    throw new UsageError(error instanceof Error ? (error.message.split(/[.\n]/)[0] ?? '') : 'wrong arguments')
  }
}

/** Reads options by name from parsed values. */
export function optionReaders(values: ParsedArguments['values']): Pick<Arguments, 'has' | 'text' | 'list'> {
  const text = (option: string): string | undefined => {
    const value = values[option]
    return typeof value === 'string' ? value : undefined
  }
  return {
    has: (option) => values[option] === true,
    text,
    list: (option) => {
      const value = values[option]
      const given = Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : []
      const items = given.flatMap((item) => item.split(',')).map((item) => item.trim())
      return value === undefined ? undefined : items.filter((item) => item !== '')
    },
  }
}

/**
 * The positionals after the subcommand, as many as are named.
 *
 * @throws UsageError where there are more or fewer
 */
export function requirePositionals(args: Arguments, ...names: readonly string[]): readonly string[] {
  const given = args.positionals
  if (given.length < names.length) throw new UsageError(`expected ${names[given.length] ?? ''}`)
  if (given.length > names.length) throw new UsageError(`expected ${names.length === 0 ? 'no' : 'no further'} argument`)
  return given
}

export type Subcommands = Readonly<Record<string, (args: Arguments) => Promise<void>>>

/** Runs the subcommand that the first positional names. @throws UsageError where there is none of this name */
export async function runSubcommand(args: Arguments, subcommands: Subcommands): Promise<void> {
  const [name, ...positionals] = args.positionals
  const run = name !== undefined && Object.hasOwn(subcommands, name) ? subcommands[name] : undefined
  if (run === undefined) throw new UsageError(`expected one of ${Object.keys(subcommands).join(', ')}`)
  await run({ ...args, positionals })
}

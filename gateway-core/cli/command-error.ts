/** How a command ends when it does not succeed: one class for each exit code. */

/** Wrong usage: exit code 2, with the usage lines. The message never repeats a value, which could be a secret. */
export class UsageError extends Error {
  override readonly name = 'UsageError'
}

/** The command failed: exit code 1. The message is one line, and says what to do where something can be done. */
export class CommandError extends Error {
  override readonly name = 'CommandError'
}

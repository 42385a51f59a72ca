/** `gatehouse connect`: connects an account at a server, in a browser, and waits until that is done. */
import { spawn } from 'node:child_process'
import { setTimeout as delay } from 'node:timers/promises'
import { CommandError } from './command-error.js'
import { requirePositionals, type Arguments, type Command } from './command.js'
import type { ControlClient } from './control-client.js'
import { visible } from './text-table.js'

const askAgainMs = 500

export const connect: Command = {
  usage: ['connect SLUG [--subject S] [--scopes a,b] [--label LABEL] [--tool NAME] [--no-browser]'],
  options: {
    subject: { type: 'string' },
    scopes: { type: 'string', multiple: true },
    label: { type: 'string' },
    tool: { type: 'string' },
    'no-browser': { type: 'boolean' },
  },
  run: connectAccount,
}

async function connectAccount(args: Arguments): Promise<void> {
  const [slug = ''] = requirePositionals(args, 'SLUG')
  const client = await args.client()
  const [subject, scopes, label, tool] = [
    args.text('subject'),
    args.list('scopes'),
    args.text('label'),
    args.text('tool'),
  ]
  const { authorizationUrl, attemptId } = await client.call('connectAccount', {
    params: { slug },
    body: {
      ...(subject === undefined ? {} : { subject }),
      ...(scopes === undefined ? {} : { scopes: [...scopes] }),
      ...(label === undefined ? {} : { label }),
      ...(tool === undefined ? {} : { tool }),
    },
  })
  // Standard output is for the result.
  process.stderr.write(`Open this address in a browser, and allow the access:\n\n${visible(authorizationUrl)}\n\n`)
  if (!args.has('no-browser') && process.stderr.isTTY) openInBrowser(authorizationUrl)
  const attempt = await settled(client, attemptId)
  if (attempt.status !== 'connected')
    throw new CommandError(`${slug} was not connected: ${visible(attempt.error ?? attempt.status)}`)
  args.answer(attempt, () => `Connected ${slug} as ${attempt.account?.subject || 'the organization'}.`)
}

async function settled(client: ControlClient, id: string) {
  for (;;) {
    const attempt = await client.call('getAttempt', { params: { id } })
    if (attempt.status !== 'pending') return attempt
    await delay(askAgainMs)
  }
}

/** Without a shell, and only what a browser takes. Whether it opens is not known; the address has been printed. */
function openInBrowser(address: string): void {
  const { protocol, href } = new URL(address)
  if (protocol !== 'https:' && protocol !== 'http:') return
  const [command, ...args]: [string, ...string[]] =
    process.platform === 'darwin'
      ? ['open', href]
      : process.platform === 'win32'
        ? ['rundll32', 'url.dll,FileProtocolHandler', href]
        : ['xdg-open', href]
  spawn(command, args, { stdio: 'ignore', detached: true })
    .on('error', () => undefined)
    .unref()
}

/** What people read in the browser when they connect an account. */
import { GatewayError } from '../../contract/errors.js'
import { page, redirect, type Page } from './pages.js'
import type { BegunSignIn, CallbackOutcome } from './sign-in.js'

/** @param begin undefined where the link is not good, or not any more */
export async function ticketPage(slug: string, begin: (() => Promise<BegunSignIn>) | undefined): Promise<Page> {
  if (begin === undefined)
    return page(400, 'This link is no longer good', [
      'A link to connect an account works once, within ten minutes.',
      'Ask your agent again: it will show a new one.',
    ])
  try {
    return redirect((await begin()).authorizationUrl)
  } catch (error) {
    const told = error instanceof GatewayError ? error : new GatewayError('internal')
    return page(told.code === 'unknown_server' ? 404 : 502, `${slug} cannot be connected just now`, [
      told.message,
      ...(told.fix === undefined ? [] : [told.fix]),
    ])
  }
}

export function outcomePage(outcome: CallbackOutcome): Page {
  switch (outcome.kind) {
    case 'connected':
      return page(200, `Your account at ${outcome.account.server} is connected`, [
        `Gatehouse keeps its tokens in the vault${scopesOf(outcome.account.scopes)}.`,
        'You can close this tab and go back to your agent; the same request works now.',
      ])
    case 'failed':
      return page(200, `${outcome.slug} was not connected`, [
        outcome.reason,
        outcome.fix ?? 'Ask your agent again, or run gatehouse connect.',
      ])
    case 'wrong_issuer':
      return page(400, 'This answer came from another provider', [
        'The sign-in server’s name does not match the one that Gatehouse asked, so nothing of its answer was used.',
        'If a sign-in is still open in another tab, finish it there. Otherwise start again.',
      ])
    case 'unknown_state':
      return page(400, 'This sign-in isn’t one that Gatehouse waits for', [
        'It was finished already, is older than ten minutes, or was not started here.',
        'Ask your agent again, or run gatehouse connect. A sign-in that is open in another tab is not affected.',
      ])
  }
}

function scopesOf(scopes: readonly string[]): string {
  return scopes.length === 0 ? '' : `. It may: ${scopes.slice(0, 30).join(', ')}`
}

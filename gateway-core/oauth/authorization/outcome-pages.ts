/** What people read in the browser when they connect an account. */
import { sentencesOf } from '../../contract/diagnosis.js'
import { GatewayError } from '../../contract/errors.js'
import { clockFact } from '../clock-skew.js'
import { page, redirect, type Page } from '../../browser-page.js'
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
    const status = told.code === 'unknown_server' ? 404 : 502
    return page(status, `${slug} cannot be connected just now`, toldIn(told))
  }
}

export function outcomePage(outcome: CallbackOutcome): Page {
  switch (outcome.kind) {
    case 'connected':
      return page(200, `Your account at ${outcome.account.server} is connected`, [
        `Gatehouse keeps its tokens in the vault${scopesOf(outcome.account.scopes)}.`,
        ...(outcome.clocks === undefined
          ? []
          : [`${clockFact(outcome.clocks, 'the provider’s')} Set this machine’s clock.`]),
        'You can close this tab and go back to your agent; the same request works now.',
      ])
    case 'failed':
      return page(200, `${outcome.slug} was not connected`, toldIn(outcome.error))
    case 'wrong_issuer':
    case 'unknown_state': {
      const { diagnosis } = outcome
      return page(400, diagnosis.title, [...sentencesOf(diagnosis), diagnosis.fix])
    }
  }
}

/** What is known, what is guessed, and at last the one thing to do. */
function toldIn({ message, fix, diagnosis }: GatewayError): readonly string[] {
  const last = fix ?? 'Ask your agent again, or run gatehouse connect.'
  return diagnosis === undefined ? [message, last] : [`${diagnosis.title}.`, ...sentencesOf(diagnosis), last]
}

function scopesOf(scopes: readonly string[]): string {
  return scopes.length === 0 ? '' : `. It may: ${scopes.slice(0, 30).join(', ')}`
}

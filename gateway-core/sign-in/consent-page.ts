/** What people read in the browser before an agent may use their servers. */
import { escaped, formPage, page, type Page } from '../browser-page.js'
import type { Person } from './sign-in-ports.js'

export interface ConsentQuestion {
  /** Path that the form is sent to. */
  readonly action: string
  readonly csrf: string
  readonly clientName: string
  readonly clientId: string
  /** Of its metadata document; undefined where it has none, as what a program says of itself is no proof. */
  readonly clientHost: string | undefined
  readonly redirectUri: string
  readonly servers: readonly { readonly slug: string; readonly description: string | undefined }[]
  /** Whether some of them may be left out. */
  readonly isChoice: boolean
  /** Who is signed in; undefined where nobody is yet. */
  readonly signedInAs: string | undefined
  /** Where people sign in; undefined where the local user approves. */
  readonly provider: string | undefined
}

export function consentPage(question: ConsentQuestion): Page {
  const { clientName, servers, provider, signedInAs } = question
  const title = `${clientName} asks to use ${listed(servers.map(({ slug }) => slug))}`
  const next =
    provider === undefined
      ? ''
      : signedInAs === undefined
        ? `<p>You will sign in at ${escaped(provider)} next.</p>`
        : `<p>You are signed in as ${escaped(signedInAs)}. <a href="/oauth/sign-out">Sign out</a></p>`
  const other =
    provider === undefined
      ? ''
      : `<button name="decision" value="other_account">${signedInAs === undefined ? 'Choose an account' : 'Use another account'}</button>`
  return formPage(
    title,
    [
      '<dl>',
      `<dt>Program</dt><dd>${escaped(clientName)}${fromWhere(question)}</dd>`,
      `<dt>You will be sent back to</dt><dd>${escaped(question.redirectUri)}</dd>`,
      '</dl>',
      `<form method="post" action="${escaped(question.action)}">`,
      `<input type="hidden" name="csrf" value="${escaped(question.csrf)}">`,
      choices(question),
      next,
      '<button name="decision" value="approve">Allow</button>',
      '<button name="decision" value="deny">Deny</button>',
      other,
      '</form>',
      '<p>Allow this only if you have just started it from this program. You can take it back in Gatehouse at any time.</p>',
    ].join('\n'),
  )
}

/** @param signedInAs undefined for the local user */
export function signOutPage(csrf: string, action: string, signedInAs: string | undefined): Page {
  return formPage(
    'Sign out of Gatehouse',
    [
      `<p>You are signed in${signedInAs === undefined ? ' as the local user' : ` as ${escaped(signedInAs)}`} in this browser.</p>`,
      `<form method="post" action="${escaped(action)}">`,
      `<input type="hidden" name="csrf" value="${escaped(csrf)}">`,
      '<button name="decision" value="sign_out">Sign out</button>',
      '<button name="decision" value="everywhere">Sign out, and take back what agents may do as me</button>',
      '</form>',
    ].join('\n'),
  )
}

/** What people know themselves by. */
export function nameOf({ claims, sub }: Person): string {
  const { email, preferred_username: username } = claims
  return typeof email === 'string' ? email : typeof username === 'string' ? username : sub
}

function fromWhere({ clientHost, clientId }: ConsentQuestion): string {
  return clientHost === undefined ? ` (${escaped(clientId)})` : `, of ${escaped(clientHost)}`
}

function choices({ servers, isChoice }: ConsentQuestion): string {
  if (!isChoice) return ''
  const boxes = servers.map(
    ({ slug, description }) =>
      `<label><input type="checkbox" name="server" value="${escaped(slug)}" checked> ${escaped(slug)}` +
      `${description === undefined ? '' : ` – ${escaped(description.slice(0, 200))}`}</label>`,
  )
  return `<input type="hidden" name="choice" value="yes"><fieldset><legend>It may use</legend>${boxes.join('\n')}</fieldset>`
}

function listed(names: readonly string[]): string {
  if (names.length <= 1) return names[0] ?? 'nothing'
  if (names.length > 4) return `${names.slice(0, 3).join(', ')} and ${names.length - 3} other servers`
  return `${names.slice(0, -1).join(', ')} and ${names.at(-1) ?? ''}`
}

/** @param error as RFC 6749 §4.1.2.1 has it */
export function errorPage(status: number, error: string, description: string | undefined): Page {
  const words = description === undefined ? error : `${error}: ${description}`
  return page(status < 400 ? 400 : status, 'This request to sign in is not good', [
    `Gatehouse refused it (${words.slice(0, 300)}).`,
    'Start again from your agent.',
  ])
}

export function goneBrowserPage(): Page {
  return page(400, 'This sign-in is no longer open', [
    'It was finished, was begun in another browser, or is older than ten minutes.',
    'Start again from your agent.',
  ])
}

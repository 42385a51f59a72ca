import { describe, expect, it } from 'vitest'
import { serverSchema } from '../../../gateway-core/contract/profile.js'
import {
  appAnswerFrom,
  appAnswers,
  forPreview,
  secondAnswers,
  setupFor,
  userAnswers,
  whoAnswers,
  withSetup,
} from './setup-for.js'

const all = whoAnswers.flatMap((who) =>
  appAnswers.flatMap((app) =>
    userAnswers.flatMap((user) => secondAnswers.map((second) => ({ who, app, user, second }))),
  ),
)
const told = ({ who, app, user, second }: (typeof all)[number]): string => `${who} ${app} ${user} ${second}`
const base = { url: 'https://a.example/mcp', auth_mode: 'internal' } as const

describe.each(all.map((answers) => [told(answers), answers] as const))('%s', (_name, answers) => {
  const setup = setupFor(answers, 'a')
  const config = withSetup(base, setup)

  it('is a server that can be saved once it is filled in, with each header set once', () => {
    expect(serverSchema.safeParse(forPreview(config)).error?.issues).toBeUndefined()
    const { app_auth: app } = config
    const claimed = app?.type === 'api_key' ? app.name : app?.type === 'none' ? undefined : 'authorization'
    const names = [claimed, ...setup.headers.map(({ header }) => header)].filter((name) => name !== undefined)
    expect(new Set(names).size).toBe(names.length)
  })

  it('knows the caller where the server is told of them, and asks for what is missing', () => {
    if (answers.user !== 'no') expect(setup.agentAuth.type).toBe('interactive')
    const blanks = JSON.stringify([setup.appAuth, setup.headers]).match(/"secret":|:""/g)?.length ?? 0
    if (blanks > 0) expect(setup.asks.length).toBeGreaterThan(0)
    expect(new Set(setup.asks).size).toBe(setup.asks.length)
  })
})

it.each([
  ['me sign_in no no', 'gateway', 'oauth2_authorization_code', []],
  ['team sign_in no no', 'interactive', 'oauth2_authorization_code', []],
  ['ci api_key no no', 'passthrough', 'api_key', []],
  ['team api_key token no', 'interactive', 'api_key', ['caller_token']],
  ['team bearer exchanged no', 'interactive', 'bearer', ['token_exchange']],
  ['ci service no no', 'passthrough', 'oauth2_client_credentials', []],
  ['team bearer identity stored', 'interactive', 'bearer', ['caller_identity', 'stored_credential']],
  ['system bearer no no', 'passthrough', 'passthrough', []],
  ['me nothing token service', 'interactive', 'none', ['caller_token', 'client_credentials_token']],
])('%s means agent auth %s, app auth %s and the headers %j', (name, agent, app, headers) => {
  const answers = all.find((each) => told(each) === name)
  const setup = answers && setupFor(answers, 'a')
  expect([setup?.agentAuth.type, setup?.appAuth.type, setup?.headers.map(({ type }) => type)]).toEqual([
    agent,
    app,
    headers,
  ])
})

it.each([
  [[['reachable', false]], undefined],
  [
    [
      ['era', true],
      ['auth', false],
      ['metadata', true],
    ],
    'sign_in',
  ],
  [
    [
      ['era', true],
      ['auth', true],
    ],
    'nothing',
  ],
  [
    [
      ['era', true],
      ['auth', false],
      ['metadata', false],
    ],
    'bearer',
  ],
] as const)('what was found, %j, means %s', (found, answer) => {
  const steps = found.map(([name, ok]) => ({ name, ok, durationMs: 0, detail: '' }))
  expect(appAnswerFrom({ steps })).toBe(answer)
})

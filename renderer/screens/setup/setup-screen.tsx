/** "Which setup do I need?": four questions on one screen, and beside them what the answers mean. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { getRouteApi } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import {
  getStatusOptions,
  invalidateOperations,
  listServersOptions,
  putServerMutation,
  type ProbeServerResponse,
  type Server,
} from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { RadioCards } from '../../components/choice.js'
import { CopyButton } from '../../components/copy-button.js'
import { HopLine } from '../../components/hop-line.js'
import { PageHeader } from '../../components/page-header.js'
import { Select } from '../../components/select.js'
import { TextField } from '../../components/text-field.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { draftServer, type ServerConfig } from '../../features/server-auth/server-draft.js'
import { sampleUser } from '../../features/server-auth/sample-user.js'
import { SentPreview } from '../../features/server-auth/sent-preview.js'
import { configOf } from '../../features/servers/server-config.js'
import { suggestSlug } from '../../features/servers/suggest-slug.js'
import { probeOptions } from '../../features/servers/probe-options.js'
import { keep, useKept } from '../../state/use-kept.js'
import {
  appAnswerFrom,
  appAnswers,
  forPreview,
  secondAnswers,
  setupFor,
  userAnswers,
  whoAnswers,
  withSetup,
  type Answers,
  type Setup,
} from '../../features/setup/setup-for.js'

const route = getRouteApi('/setup')

const firstAnswers: Answers = { who: 'me', app: 'bearer', user: 'no', second: 'no' }

export function SetupScreen() {
  const { server: wanted } = route.useSearch()
  const servers = useQuery(listServersOptions()).data?.items ?? []
  const server = servers.find(({ slug }) => slug === wanted)
  return <SetupQuestions key={server?.slug ?? ''} servers={servers} server={server} />
}

const noSample = {}

function SetupQuestions({
  servers,
  server,
}: {
  readonly servers: readonly Server[]
  readonly server: Server | undefined
}) {
  const { t } = useTranslation()
  const navigate = route.useNavigate()
  const [answers, setAnswers] = useKept(`setup answers of ${server?.slug ?? ''}`, firstAnswers)
  const [url, setUrl] = useKept('setup url', '')
  const [name, setName] = useKept('setup name', '')
  const slug = server?.slug ?? (name === '' ? 'server' : name)
  const setup = setupFor(answers, slug)
  const base: ServerConfig = server === undefined ? { url } : configOf(server)
  const config = withSetup(base, setup)
  const hasPlace = server !== undefined || URL.canParse(url)
  const choose = (chosen: Partial<Answers>): void => setAnswers({ ...answers, ...chosen })
  return (
    <>
      <PageHeader title={t('setup.title')} />
      <div className="grid grid-cols-1 gap-6 p-4 lg:grid-cols-2">
        <div className="grid content-start gap-5">
          <p className="text-fg-2">{t('setup.intro')}</p>
          <Place
            {...{ servers, server, url, name }}
            onChoose={(next) => void navigate({ search: next === '' ? {} : { server: next }, replace: true })}
            onUrl={(next) => {
              setUrl(next)
              if (URL.canParse(next)) setName(suggestSlug(next))
            }}
            onName={setName}
          />
          <Questions answers={answers} onChange={choose} server={server} />
        </div>
        <div className="grid content-start gap-5 lg:sticky lg:top-4 lg:self-start">
          <p role="status" className="font-medium">
            {t('setup.sentence', {
              who: t(`setup.says.who.${answers.who}`),
              app: t(`setup.says.app.${answers.app}`),
              user: t(`setup.says.user.${answers.user}`),
              second: t(`setup.says.second.${answers.second}`),
            })}
          </p>
          <HopLine
            server={server?.slug ?? (name === '' ? t('setup.server') : name)}
            inbound={{ state: 'ok', credential: t(`detail.agentType.${setup.agentAuth.type}.name`) }}
            outbound={{
              state: 'ok',
              credential: t(`detail.appType.${setup.appAuth.type}.name`),
              bare: setup.appAuth.type === 'none',
            }}
          />
          <Result setup={setup} slug={slug} />
          <Apply {...{ server, slug, url, config, hasPlace }} />
          {hasPlace ? (
            <SentPreview
              slug={slug}
              draft={{ config: forPreview(config), changed: ['app_auth'], errors: [] }}
              sample={answers.user === 'no' ? noSample : sampleUser}
              isSaved={server !== undefined}
            />
          ) : (
            <Banner tone="pending">{t('setup.needUrl')}</Banner>
          )}
        </div>
      </div>
    </>
  )
}

interface PlaceProps {
  readonly servers: readonly Server[]
  readonly server: Server | undefined
  readonly url: string
  readonly name: string
  readonly onChoose: (slug: string) => void
  readonly onUrl: (url: string) => void
  readonly onName: (name: string) => void
}

function Place({ servers, server, url, name, onChoose, onUrl, onName }: PlaceProps) {
  const { t } = useTranslation()
  const reachable = servers.filter(({ command }) => command === undefined)
  return (
    <div className="grid gap-3">
      <Select
        label={t('setup.server')}
        value={server?.slug ?? ''}
        onChange={onChoose}
        options={[
          { value: '', label: t('setup.another') },
          ...reachable.map(({ slug }) => ({ value: slug, label: slug })),
        ]}
      />
      {server === undefined && (
        <div className="grid grid-cols-[2fr_1fr] gap-2">
          <TextField
            label={t('setup.url')}
            mono
            placeholder="https://mcp.example.com/mcp"
            value={url}
            onChange={(event) => onUrl(event.target.value)}
          />
          <TextField label={t('setup.name')} mono value={name} onChange={(event) => onName(event.target.value)} />
        </div>
      )}
    </div>
  )
}

interface QuestionsProps {
  readonly answers: Answers
  readonly onChange: (answers: Partial<Answers>) => void
  readonly server: Server | undefined
}

function Questions({ answers, onChange, server }: QuestionsProps) {
  const { t } = useTranslation()
  return (
    <>
      <RadioCards
        label={t('setup.who.question')}
        value={answers.who}
        onChange={(who) => onChange({ who })}
        cards={whoAnswers.map((value) => ({ value, title: t(`setup.who.${value}`) }))}
      />
      <div className="grid gap-2">
        <RadioCards
          label={t('setup.app.question')}
          value={answers.app}
          onChange={(app) => onChange({ app })}
          cards={appAnswers.map((value) => ({ value, title: t(`setup.app.${value}`) }))}
        />
        {server !== undefined && <LookAtIt slug={server.slug} onFound={(app) => onChange({ app })} />}
      </div>
      <RadioCards
        label={t('setup.user.question')}
        value={answers.user}
        onChange={(user) => onChange({ user })}
        cards={userAnswers.map((value) => ({ value, title: t(`setup.user.${value}`) }))}
      />
      <RadioCards
        label={t('setup.second.question')}
        value={answers.second}
        onChange={(second) => onChange({ second })}
        cards={secondAnswers.map((value) => ({ value, title: t(`setup.second.${value}`) }))}
      />
    </>
  )
}

/** Answers the second question by trying the server out. */
function LookAtIt({ slug, onFound }: { readonly slug: string; readonly onFound: (app: Answers['app']) => void }) {
  const { t } = useTranslation()
  const probe = useQuery({ ...probeOptions(slug), enabled: false })
  const look = async (): Promise<void> => {
    const { data } = await probe.refetch()
    const found = data === undefined ? undefined : appAnswerFrom(data)
    if (found !== undefined) onFound(found)
  }
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button loading={probe.isFetching} onClick={() => void look()}>
        {t('setup.app.unsure')}
      </Button>
      {probe.data !== undefined && !probe.isFetching && (
        <span role="status" className="min-w-0 text-sm text-fg-2 wrap-anywhere">
          {t('setup.app.found', { detail: tellingDetail(probe.data) })}
        </span>
      )}
      {probe.error !== null && <ErrorCard error={probe.error} />}
    </div>
  )
}

/** Of the step that the answer was taken from. */
function tellingDetail({ steps }: ProbeServerResponse): string {
  const failed = steps.find(({ ok }) => !ok)
  const telling =
    steps.find(({ name, skipped }) => name === 'metadata' && skipped !== true) ??
    steps.find(({ name }) => name === 'auth')
  return (failed?.name === 'reachable' || telling === undefined ? failed : telling)?.detail ?? ''
}

function Result({ setup, slug }: { readonly setup: Setup; readonly slug: string }) {
  const { t } = useTranslation()
  const dataUrl = useQuery(getStatusOptions()).data?.dataUrl ?? ''
  const asks = setup.asks.map((ask) => t(`setup.ask.${ask}`, { callback: `${dataUrl}/oauth/callback` }))
  const message = [t('setup.ask.greeting', { server: slug }), ...asks.map((ask) => `- ${ask}`)].join('\n')
  return (
    <section aria-label={t('setup.result')} className="grid gap-3 rounded-card border border-line bg-panel p-4">
      <h2 className="text-lg">{t('setup.result')}</h2>
      <dl className="grid grid-cols-[10rem_1fr] gap-x-4 gap-y-1">
        <dt className="text-fg-2">{t('setup.agent')}</dt>
        <dd>{t(`detail.agentType.${setup.agentAuth.type}.name`)}</dd>
        <dt className="text-fg-2">{t('setup.appAuth')}</dt>
        <dd>{t(`detail.appType.${setup.appAuth.type}.name`)}</dd>
        <dt className="text-fg-2">{t('setup.headers')}</dt>
        <dd>
          {setup.headers.length === 0
            ? t('setup.noHeaders')
            : setup.headers.map(({ type, header }) => (
                <div key={header}>
                  {t(`detail.recipe.${type}.name`)} <code className="font-mono text-sm text-fg-2">{header}</code>
                </div>
              ))}
        </dd>
      </dl>
      {setup.notes.map((note) => (
        <Banner key={note} tone="open">
          {t(`setup.note.${note}`)}
        </Banner>
      ))}
      <div className="grid gap-1">
        <h3 className="font-medium">{t('setup.ask.title')}</h3>
        {asks.length === 0 ? (
          <p className="text-fg-2">{t('setup.ask.nothing')}</p>
        ) : (
          <>
            <ul className="list-disc ps-5 text-fg-2">
              {asks.map((ask) => (
                <li key={ask} className="wrap-anywhere">
                  {ask}
                </li>
              ))}
            </ul>
            <div>
              <CopyButton text={message} what={t('setup.ask.what')}>
                {t('setup.ask.copy')}
              </CopyButton>
            </div>
          </>
        )}
      </div>
    </section>
  )
}

interface ApplyProps {
  readonly server: Server | undefined
  readonly slug: string
  readonly url: string
  readonly config: ServerConfig
  readonly hasPlace: boolean
}

/** Ends in Authentication, where the rest is filled in and saved. */
function Apply({ server, slug, url, config, hasPlace }: ApplyProps) {
  const { t } = useTranslation()
  const navigate = route.useNavigate()
  const finish = (): void => {
    draftServer(slug, config)
    void navigate({ to: '/servers/$slug/$tab', params: { slug, tab: 'authentication' }, search: {} })
  }
  const put = useMutation({
    ...putServerMutation(),
    onSuccess: async (_server, _sent, _result, { client }) => {
      for (const name of ['url', 'name', 'answers of ']) keep(`setup ${name}`, undefined)
      await invalidateOperations(client, ['listServers'])
      finish()
    },
  })
  return (
    <div className="grid gap-2">
      <div className="flex flex-wrap items-center gap-2">
        <Button
          variant="primary"
          disabled={!hasPlace}
          loading={put.isPending}
          onClick={() => (server === undefined ? put.mutate({ path: { slug }, body: { url } }) : finish())}
        >
          {t(server === undefined ? 'setup.applyNew' : 'setup.apply')}
        </Button>
        <span className="text-sm text-fg-2">{t('setup.later')}</span>
      </div>
      {put.error !== null && <ErrorCard error={put.error} />}
    </div>
  )
}

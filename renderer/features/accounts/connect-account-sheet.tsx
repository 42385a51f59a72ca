/** Connecting an account: begin, allow it in a browser, and go on by itself once that is done. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { ExternalLink } from 'lucide-react'
import { useState, type ReactNode } from 'react'
import { useTranslation } from 'react-i18next'
import {
  api,
  getAttemptOptions,
  listServersOptions,
  type ConnectAccountResponse,
  type GetAttemptResponse,
  type Server,
} from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { CopyButton } from '../../components/copy-button.js'
import { Sheet } from '../../components/dialog.js'
import { Select } from '../../components/select.js'
import { Spinner } from '../../components/spinner.js'
import { TextField } from '../../components/text-field.js'
import { formatClock } from '../../strings/format.js'
import { ErrorCard } from '../errors/error-card.js'

const askEveryMs = 1_000

/** Whose account at what. `tool`: for the tool's own app auth. */
export interface AccountWish {
  readonly server: string
  readonly subject?: string
  readonly label?: string
  readonly tool?: string
}

export interface ConnectAccountSheetProps {
  readonly open: boolean
  readonly onClose: () => void
  /** Known already, as where somebody signs in again. */
  readonly wish?: AccountWish | undefined
}

export function ConnectAccountSheet(props: ConnectAccountSheetProps) {
  const { t } = useTranslation()
  return (
    <Sheet open={props.open} onOpenChange={(open) => !open && props.onClose()} title={t('vault.connecting.title')}>
      <ConnectAccount {...props} />
    </Sheet>
  )
}

function ConnectAccount({ wish: given, onClose }: ConnectAccountSheetProps) {
  const [begun, setBegun] = useState<{ readonly wish: AccountWish; readonly answer: ConnectAccountResponse }>()
  const begin = useMutation({
    gcTime: 0,
    mutationFn: async (wish: AccountWish) => ({ wish, answer: await beginToConnect(wish) }),
    onSuccess: setBegun,
  })
  if (begun === undefined)
    return (
      <ChooseAccount given={given} loading={begin.isPending} onChosen={(wish) => begin.mutate(wish)}>
        {begin.error !== null && <ErrorCard error={begin.error} />}
      </ChooseAccount>
    )
  return (
    <Waiting
      key={begun.answer.attemptId}
      server={begun.wish.server}
      attempt={begun.answer}
      onAgain={() => begin.mutate(begun.wish)}
      onClose={onClose}
    />
  )
}

async function beginToConnect({ server, subject, label, tool }: AccountWish): Promise<ConnectAccountResponse> {
  const { data } = await api.connectAccount({
    path: { slug: server },
    body: {
      ...(subject !== undefined && { subject }),
      ...(label !== undefined && { label }),
      ...(tool !== undefined && { tool }),
    },
    throwOnError: true,
  })
  return data
}

interface ChooseAccountProps {
  readonly given: AccountWish | undefined
  readonly loading: boolean
  readonly onChosen: (wish: AccountWish) => void
  readonly children: ReactNode
}

function ChooseAccount({ given, loading, onChosen, children }: ChooseAccountProps) {
  const { t } = useTranslation()
  const servers = (useQuery(listServersOptions()).data?.items ?? []).filter(takesAccounts)
  const [server, setServer] = useState(given?.server)
  const [subject, setSubject] = useState(given?.subject ?? '')
  const [label, setLabel] = useState(given?.label ?? '')
  const slug = server ?? servers[0]?.slug
  if (slug === undefined) return <p>{t('vault.accounts.noServer')}</p>
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        onChosen({
          server: slug,
          ...(subject.trim() !== '' && { subject: subject.trim() }),
          ...(label.trim() !== '' && { label: label.trim() }),
          ...(given?.tool !== undefined && { tool: given.tool }),
        })
      }}
    >
      <Select
        label={t('vault.connecting.server')}
        value={slug}
        onChange={setServer}
        disabled={given !== undefined}
        options={servers.map((one) => ({ value: one.slug, label: one.slug }))}
      />
      <TextField
        label={t('vault.connecting.subject')}
        hint={t('vault.connecting.subjectHint')}
        optional
        placeholder="local"
        readOnly={given !== undefined}
        value={subject}
        onChange={(event) => setSubject(event.target.value)}
      />
      <TextField
        label={t('vault.connecting.label')}
        hint={t('vault.connecting.labelHint')}
        optional
        readOnly={given !== undefined}
        value={label}
        onChange={(event) => setLabel(event.target.value)}
      />
      {children}
      <div>
        <Button type="submit" variant="primary" loading={loading}>
          {t('vault.connecting.begin')}
        </Button>
      </div>
    </form>
  )
}

/** Whether people sign in at it. A tool's own app auth counts too. */
function takesAccounts({ app_auth: appAuth, tools = {} }: Server): boolean {
  const ways = [appAuth, ...Object.values(tools).map((tool) => tool.app_auth)]
  return ways.some((way) => way?.type === 'oauth2_authorization_code')
}

interface WaitingProps {
  readonly server: string
  readonly attempt: ConnectAccountResponse
  readonly onAgain: () => void
  readonly onClose: () => void
}

function Waiting({ server, attempt, onAgain, onClose }: WaitingProps) {
  const { t } = useTranslation()
  const { data, error } = useQuery({
    ...getAttemptOptions({ path: { id: attempt.attemptId } }),
    refetchInterval: ({ state }) => (state.data === undefined || state.data.status === 'pending' ? askEveryMs : false),
    gcTime: 0,
  })
  const status = data?.status ?? 'pending'
  const isPending = status === 'pending'
  const url = webAddress(attempt.authorizationUrl)
  return (
    <div className="grid gap-4">
      {isPending && url !== undefined && (
        <>
          <p>{t('vault.connecting.openText', { host: url.host })}</p>
          <div className="flex flex-wrap items-center gap-2">
            <Button
              variant="primary"
              icon={<ExternalLink size={14} aria-hidden />}
              render={<a href={url.href} target="_blank" rel="noopener noreferrer" />}
            >
              {t('vault.connecting.open')}
            </Button>
            <CopyButton text={url.href} what={t('vault.connecting.link')} />
          </div>
          <Banner tone="pending" announce>
            <p className="flex items-center gap-2 font-medium">
              <Spinner />
              {t('vault.connecting.waiting')}
            </p>
            <p className="text-sm text-fg-2">{t('vault.connecting.until', { time: formatClock(attempt.expiresAt) })}</p>
          </Banner>
        </>
      )}
      <Outcome server={server} attempt={data} />
      {error !== null && <ErrorCard error={error} />}
      <div className="flex gap-2">
        {status === 'connected' ? (
          <Button variant="primary" onClick={onClose}>
            {t('vault.connecting.done')}
          </Button>
        ) : (
          <Button onClick={onAgain}>{t('vault.connecting.again')}</Button>
        )}
      </div>
    </div>
  )
}

/** How it ended. */
function Outcome({ server, attempt }: { readonly server: string; readonly attempt: GetAttemptResponse | undefined }) {
  const { t } = useTranslation()
  if (attempt === undefined) return null
  return (
    <>
      {attempt.status === 'connected' && (
        <Banner tone="allow" announce>
          {t('vault.connecting.connected', { server })}
        </Banner>
      )}
      {attempt.status === 'failed' && (
        <Banner tone="deny" announce>
          <p>{t('vault.connecting.failed', { reason: attempt.diagnosis?.title ?? attempt.error ?? '' })}</p>
          {attempt.diagnosis !== undefined && <p className="text-sm">{attempt.diagnosis.fix}</p>}
        </Banner>
      )}
      {attempt.status === 'expired' && (
        <Banner tone="open" announce>
          {t('vault.connecting.expired')}
        </Banner>
      )}
    </>
  )
}

/** What a browser may be sent to. */
function webAddress(text: string): URL | undefined {
  const url = URL.canParse(text) ? new URL(text) : undefined
  return url !== undefined && /^https?:$/.test(url.protocol) ? url : undefined
}

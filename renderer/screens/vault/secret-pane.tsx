import { useMutation, useQuery } from '@tanstack/react-query'
import { Link } from '@tanstack/react-router'
import { Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { api, removeSecretMutation, type Secret } from '../../client/api.js'
import { Button } from '../../components/button.js'
import { ConfirmDialog } from '../../components/confirm-dialog.js'
import { DetailPane } from '../../components/detail-pane.js'
import { Fact, FactList } from '../../components/fact-list.js'
import { SecretField } from '../../components/secret-field.js'
import { showToast } from '../../components/toast.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { DoctorSteps } from '../../features/servers/doctor-steps.js'
import { probeOptions } from '../../features/servers/probe-options.js'
import { formatMoment } from '../../strings/format.js'
import { serversUsing } from './secret-use.js'

export function SecretPane({ secret, onClose }: { readonly secret: Secret; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const { name, subject, usedBy, destinations, createdAt, updatedAt } = secret
  const title = subject === undefined ? name : t('vault.secrets.paneTitle', { name, subject })
  const servers = serversUsing(usedBy)
  return (
    <DetailPane title={title} onClose={onClose}>
      <FactList>
        <Fact name={t('vault.column.subject')}>{subject ?? t('vault.secrets.everyone')}</Fact>
        <Fact name={t('vault.column.usedBy')}>
          {usedBy.length === 0 ? t('vault.secrets.unused') : <UsedBy usedBy={usedBy} />}
        </Fact>
        <Fact name={t('vault.secrets.destinations')}>{destinations.join(', ') || t('vault.none')}</Fact>
        <Fact name={t('vault.secrets.created')}>{formatMoment(createdAt)}</Fact>
        <Fact name={t('vault.column.updated')}>{formatMoment(updatedAt)}</Fact>
      </FactList>
      <NewValue secret={secret} />
      {servers.map((slug) => (
        <TestServer key={slug} slug={slug} />
      ))}
      <RemoveSecret secret={secret} onClose={onClose} />
    </DetailPane>
  )
}

function UsedBy({ usedBy }: Pick<Secret, 'usedBy'>) {
  return (
    <ul className="grid gap-0.5">
      {usedBy.map((path) => {
        const [slug] = serversUsing([path])
        return (
          <li key={path} className="font-mono text-sm">
            {slug === undefined ? (
              path
            ) : (
              <Link to="/servers" search={{ selected: slug }} className="text-accent underline">
                {path}
              </Link>
            )}
          </li>
        )
      })}
    </ul>
  )
}

function NewValue({ secret: { name, subject } }: { readonly secret: Secret }) {
  const { t } = useTranslation()
  const [value, setValue] = useState('')
  const set = useMutation({
    gcTime: 0,
    mutationFn: () => putSecret(name, subject, value),
    onSuccess: () => {
      setValue('')
      showToast({ title: t('vault.secrets.wasSet', { name }), tone: 'allow' })
    },
  })
  return (
    <form
      className="grid gap-2"
      onSubmit={(event) => {
        event.preventDefault()
        set.mutate()
      }}
    >
      <SecretField
        label={t('vault.secrets.newValue')}
        hint={t('vault.secrets.newValueHint')}
        value={value}
        onChange={(event) => setValue(event.target.value)}
      />
      {set.error !== null && <ErrorCard error={set.error} />}
      <div>
        <Button type="submit" loading={set.isPending} disabled={value === ''}>
          {t('vault.secrets.set')}
        </Button>
      </div>
    </form>
  )
}

export async function putSecret(name: string, subject: string | undefined, value: string): Promise<void> {
  await api.setSecret({
    path: { name },
    body: { value },
    ...(subject !== undefined && { query: { subject } }),
    throwOnError: true,
  })
}

/** Tries out a server that the secret is sent to. */
function TestServer({ slug }: { readonly slug: string }) {
  const { t } = useTranslation()
  const [testing, setTesting] = useState(false)
  const probe = useQuery({ ...probeOptions(slug), enabled: testing })
  return (
    <section className="grid gap-2">
      <div>
        <Button
          loading={probe.isFetching}
          onClick={() => {
            if (testing) void probe.refetch()
            setTesting(true)
          }}
        >
          {t('vault.secrets.test', { server: slug })}
        </Button>
      </div>
      {probe.error !== null && <ErrorCard error={probe.error} />}
      {testing && probe.error === null && <DoctorSteps probe={probe.isFetching ? undefined : probe.data} />}
    </section>
  )
}

/** Asks first: the page never had the value, and so cannot put it back. */
function RemoveSecret({ secret, onClose }: { readonly secret: Secret; readonly onClose: () => void }) {
  const { t } = useTranslation()
  const [open, setOpen] = useState(false)
  const { name, subject, usedBy } = secret
  const remove = useMutation({
    ...removeSecretMutation(),
    onSuccess: () => {
      showToast({ title: t('vault.secrets.removed', { name }) })
      onClose()
    },
  })
  return (
    <div>
      <Button variant="danger" icon={<Trash2 size={14} aria-hidden />} onClick={() => setOpen(true)}>
        {t('vault.secrets.remove')}
      </Button>
      <ConfirmDialog
        open={open}
        onClose={() => setOpen(false)}
        title={t('vault.secrets.removeTitle', { name })}
        action={t('vault.secrets.remove')}
        loading={remove.isPending}
        onConfirm={() => remove.mutate({ path: { name }, ...(subject !== undefined && { query: { subject } }) })}
      >
        <p>{t('vault.secrets.removeText')}</p>
        {usedBy.length > 0 && (
          <>
            <p>{t('vault.secrets.removeUsed')}</p>
            <ul className="list-disc ps-5 font-mono text-sm">
              {usedBy.map((path) => (
                <li key={path}>{path}</li>
              ))}
            </ul>
          </>
        )}
        {remove.error !== null && <ErrorCard error={remove.error} />}
      </ConfirmDialog>
    </div>
  )
}

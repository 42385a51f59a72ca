/** How many calls are kept, where and for how long, and where traces go. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import {
  clearExchangesMutation,
  getSettingsOptions,
  patchSettingsMutation,
  problemOf,
  type ApiProblem,
  type GetSettingsResponse,
} from '../../client/api.js'
import { useCommand } from '../../commands/use-command.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { RadioCards } from '../../components/choice.js'
import { Dialog } from '../../components/dialog.js'
import { Skeleton } from '../../components/spinner.js'
import { TextField } from '../../components/text-field.js'
import { showToast } from '../../components/toast.js'
import { UndoBar } from '../../components/undo-bar.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { useKept } from '../../state/use-kept.js'

const bytesPerMiB = 1024 * 1024

export function DataRetention() {
  const { data, error, refetch } = useQuery(getSettingsOptions())
  if (error !== null) return <ErrorCard error={error} onRetry={() => void refetch()} />
  if (data === undefined) return <Skeleton lines={6} />
  return (
    <>
      <RetentionForm key={JSON.stringify(data)} settings={data} />
      <Forget />
    </>
  )
}

function RetentionForm({ settings }: { readonly settings: GetSettingsResponse }) {
  const { t } = useTranslation()
  const [draft, setDraft] = useKept('retention', settings)
  const { exchanges, telemetry } = draft
  const isChanged = JSON.stringify(draft) !== JSON.stringify(settings)
  const patch = useMutation({
    ...patchSettingsMutation(),
    onSuccess: () => {
      setDraft(undefined)
      showToast({ title: t('settings.data.saved') })
    },
  })
  const save = (): void => patch.mutate({ body: draft })
  useCommand('save', save, isChanged)
  const change = (part: Partial<GetSettingsResponse['exchanges']>): void =>
    setDraft({ ...draft, exchanges: { ...exchanges, ...part } })
  const problem = patch.error === null ? undefined : problemOf(patch.error, 500)
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        save()
      }}
    >
      <Bounds exchanges={exchanges} saved={settings.exchanges} problem={problem} onChange={change} />
      <TextField
        label={t('settings.data.otlp')}
        hint={t('settings.data.otlpHint')}
        optional
        mono
        type="url"
        placeholder="http://127.0.0.1:4318/v1/traces"
        value={telemetry.otlpEndpoint ?? ''}
        onChange={({ target: { value } }) =>
          setDraft({ ...draft, telemetry: { otlpEndpoint: value === '' ? null : value } })
        }
        error={problem?.fieldError('telemetry.otlpEndpoint')}
      />
      {problem !== undefined && problem.errors.length === 0 && <ErrorCard error={problem} />}
      <UndoBar shown={isChanged} label={t('settings.data.unsaved')}>
        <Button variant="quiet" onClick={() => setDraft(undefined)}>
          {t('settings.data.discard')}
        </Button>
        <Button type="submit" variant="primary" loading={patch.isPending}>
          {t('settings.data.save')}
        </Button>
      </UndoBar>
    </form>
  )
}

type Exchanges = GetSettingsResponse['exchanges']

function Bounds(props: {
  readonly exchanges: Exchanges
  readonly saved: Exchanges
  readonly problem: ApiProblem | undefined
  readonly onChange: (part: Partial<Exchanges>) => void
}) {
  const { t } = useTranslation()
  const { exchanges, saved, problem, onChange: change } = props
  return (
    <>
      <RadioCards
        label={t('settings.data.keep')}
        value={exchanges.keep}
        onChange={(keep) => change({ keep })}
        cards={(['vault', 'memory'] as const).map((value) => ({
          value,
          title: t(`settings.data.${value}`),
          text: t(`settings.data.${value}Text`),
        }))}
      />
      {exchanges.keep !== saved.keep && (
        <Banner tone="open" announce>
          {t('settings.data.keepWarning')}
        </Banner>
      )}
      <div className="grid grid-cols-3 gap-4">
        <NumberField
          label={t('settings.data.count')}
          value={exchanges.maxExchanges}
          onChange={(maxExchanges) => change({ maxExchanges })}
          error={problem?.fieldError('exchanges.maxExchanges')}
        />
        <NumberField
          label={t('settings.data.age')}
          value={exchanges.maxAgeDays}
          onChange={(maxAgeDays) => change({ maxAgeDays })}
          error={problem?.fieldError('exchanges.maxAgeDays')}
        />
        <NumberField
          label={t('settings.data.size')}
          value={Math.round(exchanges.maxBytes / bytesPerMiB)}
          onChange={(mebibytes) => change({ maxBytes: mebibytes * bytesPerMiB })}
          error={problem?.fieldError('exchanges.maxBytes')}
        />
      </div>
    </>
  )
}

function NumberField(props: {
  readonly label: string
  readonly value: number
  readonly onChange: (value: number) => void
  readonly error: string | undefined
}) {
  return (
    <TextField
      label={props.label}
      type="number"
      min={1}
      step="any"
      required
      value={props.value}
      onChange={(event) => props.onChange(Number(event.target.value))}
      error={props.error}
    />
  )
}

/** There is no way back, and so it is asked. */
function Forget() {
  const { t } = useTranslation()
  const [asking, setAsking] = useState(false)
  const clear = useMutation({
    ...clearExchangesMutation(),
    onSuccess: () => {
      setAsking(false)
      showToast({ title: t('settings.data.cleared') })
    },
  })
  return (
    <div>
      <Button variant="danger" onClick={() => setAsking(true)}>
        {t('settings.data.clear')}
      </Button>
      <Dialog
        open={asking}
        onOpenChange={setAsking}
        title={t('settings.data.clearTitle')}
        description={t('settings.data.clearText')}
        footer={
          <>
            <Button onClick={() => setAsking(false)}>{t('settings.data.keepThem')}</Button>
            <Button variant="danger" loading={clear.isPending} onClick={() => clear.mutate({})}>
              {t('settings.data.clearConfirm')}
            </Button>
          </>
        }
      >
        {clear.error !== null && <ErrorCard error={clear.error} />}
      </Dialog>
    </div>
  )
}

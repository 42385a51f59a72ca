/** Calls a tool as the local user: a real call, recorded as any other. */
import { useMutation } from '@tanstack/react-query'
import { Play } from 'lucide-react'
import { useState } from 'react'
import { Controller, useForm } from 'react-hook-form'
import { useTranslation } from 'react-i18next'
import { ApiProblem, callServerMutation, type CallServerResponse, type Server } from '../../client/api.js'
import { Banner } from '../../components/banner.js'
import { Button } from '../../components/button.js'
import { Checkbox } from '../../components/choice.js'
import { CodeEditor } from '../../components/code-editor.js'
import { JsonView } from '../../components/json-view.js'
import { Select } from '../../components/select.js'
import { TextAreaField, TextField } from '../../components/text-field.js'
import { VerdictBadge } from '../../components/verdict-badge.js'
import { ErrorCard } from '../../features/errors/error-card.js'
import { exchangeAddress } from '../../features/exchanges/exchange-address.js'
import { verdictOf } from '../../features/exchanges/verdict-of.js'
import { configOf } from '../../features/servers/server-config.js'
import type { ServerDraft } from '../../features/server-auth/server-draft.js'
import { argumentFields, argumentsOf, type ArgumentField, type Typed } from '../../features/servers/tool-arguments.js'
import { isToolShown, toolNameForAgents, type Tool } from '../../features/servers/tool-view.js'
import { formatDuration } from '../../strings/format.js'
import { useKept } from '../../state/use-kept.js'

interface TryToolProps {
  readonly server: Server
  readonly draft: ServerDraft
  readonly tool: Tool
}

export function TryTool({ server, draft, tool }: TryToolProps) {
  const { t } = useTranslation()
  const saved = configOf(server)
  const fields = argumentFields(tool.inputSchema)
  const [asJson, setAsJson] = useState(fields === undefined)
  const [text, setText] = useKept(`arguments of ${server.slug} ${tool.name}`, '{}')
  const [wrong, setWrong] = useState<string>()
  const form = useForm<Record<string, string | boolean | undefined>>({ defaultValues: {} })
  const call = useMutation(callServerMutation())
  const mayCall = isToolShown(saved, tool.name)
  const isDestructive = mayDestroy(tool, call.error)
  const send = (made: () => unknown): void => {
    setWrong(undefined)
    let given: unknown
    try {
      given = made()
    } catch {
      return setWrong(t('detail.tools.badJson'))
    }
    if (!isObject(given)) return setWrong(t('detail.tools.badJson'))
    const body = {
      tool: toolNameForAgents(saved, tool.name),
      arguments: given,
      ...(isDestructive && { confirm: true }),
    }
    call.mutate({ path: { slug: server.slug }, body })
  }
  const submit = (): void =>
    asJson
      ? send(() => JSON.parse(text) as unknown)
      : void form.handleSubmit((typed) => send(() => argumentsOf(fields ?? [], byName(fields ?? [], typed))))()
  return (
    <section aria-label={t('detail.tools.try')} className="grid gap-3 border-t border-line pt-3">
      <header className="flex items-center gap-2">
        <h3 className="grow font-medium">{t('detail.tools.try')}</h3>
        {fields !== undefined && fields.length > 0 && (
          <Button
            variant="quiet"
            onClick={() => {
              if (!asJson)
                setText(
                  JSON.stringify(
                    attempt(() => argumentsOf(fields, byName(fields, form.getValues()))),
                    null,
                    2,
                  ),
                )
              setAsJson(!asJson)
            }}
          >
            {t(asJson ? 'detail.tools.asForm' : 'detail.tools.asJson')}
          </Button>
        )}
      </header>
      {!mayCall && <Banner tone="open">{t('detail.tools.hiddenTry')}</Banner>}
      {draft.changed.length > 0 && <p className="text-sm text-fg-2">{t('detail.tools.unsavedTry')}</p>}
      <form
        className="grid gap-3"
        onSubmit={(event) => {
          event.preventDefault()
          submit()
        }}
      >
        {asJson ? (
          <CodeEditor label={t('detail.tools.arguments')} language="json" value={text} onChange={setText} />
        ) : (
          (fields ?? []).map((field, index) => (
            <ArgumentInput key={field.name} field={field} input={inputName(index)} form={form} />
          ))
        )}
        {!asJson && fields?.length === 0 && <p className="text-fg-2">{t('detail.tools.noArguments')}</p>}
        {wrong !== undefined && (
          <p role="alert" className="text-sm text-deny">
            {wrong}
          </p>
        )}
        <CallButton isDestructive={isDestructive} disabled={!mayCall} loading={call.isPending} />
      </form>
      {call.error !== null && <ErrorCard error={call.error} />}
      {call.data !== undefined && !call.isPending && <Result exchange={call.data} />}
    </section>
  )
}

interface CallButtonProps {
  readonly isDestructive: boolean
  readonly disabled: boolean
  readonly loading: boolean
}

function CallButton({ isDestructive, ...state }: CallButtonProps) {
  const { t } = useTranslation()
  return (
    <div className="flex flex-wrap items-center gap-2">
      <Button
        type="submit"
        variant={isDestructive ? 'danger' : 'secondary'}
        icon={<Play size={14} aria-hidden />}
        {...state}
      >
        {t(isDestructive ? 'detail.tools.callDestructive' : 'detail.tools.call')}
      </Button>
      <span className="text-sm text-fg-2">{t('detail.tools.callHint')}</span>
    </div>
  )
}

/** The gateway asks where it knows more than this page does. */
function mayDestroy({ annotations }: Tool, error: unknown): boolean {
  const isAsked = error instanceof ApiProblem && error.fieldError('confirm') !== undefined
  return isAsked || (annotations?.['destructiveHint'] === true && annotations['readOnlyHint'] !== true)
}

/** A property's name may hold dots, which the form would take for a path. */
function inputName(index: number): string {
  return `input${index}`
}

function byName(fields: readonly ArgumentField[], typed: Typed): Typed {
  return Object.fromEntries(fields.map(({ name }, index) => [name, typed[inputName(index)]]))
}

function attempt(work: () => unknown): unknown {
  try {
    return work()
  } catch {
    return {}
  }
}

function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

interface ArgumentInputProps {
  readonly field: ArgumentField
  readonly input: string
  readonly form: ReturnType<typeof useForm<Record<string, string | boolean | undefined>>>
}

function ArgumentInput({ field, input, form }: ArgumentInputProps) {
  const { t } = useTranslation()
  const { name, title, description, required, kind } = field
  const common = { label: title ?? name, ...(description !== undefined && { hint: description }) }
  return (
    <Controller
      control={form.control}
      name={input}
      rules={{
        validate: (value) => !required || kind === 'flag' || kind === 'text' || (value !== undefined && value !== ''),
      }}
      render={({ field: { value, onChange, ref }, fieldState }) => {
        const text = typeof value === 'string' ? value : ''
        const error = fieldState.error === undefined ? undefined : t('detail.tools.required')
        if (kind === 'flag') return <Checkbox {...common} checked={value === true} onChange={onChange} />
        if (kind === 'choice')
          return (
            <Select
              {...common}
              optional={!required}
              value={text}
              onChange={onChange}
              options={[
                ...(required ? [] : [{ value: '', label: '–' }]),
                ...(field.options ?? []).map((option) => ({ value: option, label: option })),
              ]}
            />
          )
        if (kind === 'json')
          return (
            <TextAreaField
              {...common}
              optional={!required}
              error={error}
              mono
              rows={2}
              value={text}
              onChange={onChange}
            />
          )
        return (
          <TextField
            {...common}
            ref={ref}
            optional={!required}
            error={error}
            type={kind === 'number' ? 'number' : 'text'}
            step="any"
            value={text}
            onChange={onChange}
          />
        )
      }}
    />
  )
}

function Result({ exchange }: { readonly exchange: CallServerResponse }) {
  const { t } = useTranslation()
  const { response, durationMs, id } = exchange
  const last = response.events?.at(-1)?.data
  const body = last ?? response.body ?? ''
  return (
    <div role="status" className="grid gap-2">
      <div className="flex flex-wrap items-center gap-3">
        <VerdictBadge verdict={verdictOf(exchange)} />
        <span>
          {t('detail.tools.status', { status: String(response.status), duration: formatDuration(durationMs) })}
        </span>
        <a href={exchangeAddress(id)} className="text-accent underline">
          {t('detail.sent.exchange')}
        </a>
      </div>
      {body !== '' && <JsonView text={body} label={t('detail.tools.result')} />}
    </div>
  )
}

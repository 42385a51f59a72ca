/** The fields of one credential, drawn from their descriptions. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Checkbox } from '../../components/choice.js'
import { Select } from '../../components/select.js'
import { TextAreaField, TextField } from '../../components/text-field.js'
import { t, type StringKey } from '../../strings/i18n.js'
import type { Bag, FieldSpec } from './auth-fields.js'
import { SecretPicker } from './secret-picker.js'
import { errorAt, type FieldError } from './server-draft.js'

export interface FieldListProps {
  readonly fields: readonly FieldSpec[]
  /** What holds the fields: an app auth, a header, a JWT's issuer. */
  readonly value: Bag
  readonly onChange: (value: Bag, field: string) => void
  /** Of `value` below the server: `app_auth`, `outbound_headers[0]`. */
  readonly path: string
  readonly errors: readonly FieldError[]
  /** Beginning of the names of secrets that are made here. */
  readonly secretStem: string
}

export function AuthFieldList({ fields, value, onChange, path, errors, secretStem }: FieldListProps) {
  const shown = fields.filter(({ when }) => when?.(value) ?? true)
  return (
    <div className="grid gap-3">
      {shown.map((spec) => (
        <div key={spec.key} data-path={`${path}.${spec.key}`}>
          <AuthField
            spec={spec}
            value={value[spec.key]}
            error={errorAt(errors, `${path}.${spec.key}`)}
            secretName={`${secretStem}-${spec.key.replaceAll('_', '-')}`}
            onChange={(next) => {
              const { [spec.key]: _before, ...rest } = value
              onChange(next === undefined ? rest : { ...value, [spec.key]: next }, `${path}.${spec.key}`)
            }}
          />
        </div>
      ))}
    </div>
  )
}

interface AuthFieldProps {
  readonly spec: FieldSpec
  readonly value: unknown
  readonly error: string | undefined
  readonly secretName: string
  /** Undefined leaves the field out. */
  readonly onChange: (value: unknown) => void
}

function AuthField(props: AuthFieldProps) {
  const { spec, value, error, secretName, onChange } = props
  const { t: say } = useTranslation()
  const label = say(spec.label)
  const optional = spec.optional === true
  const hint = spec.hint === undefined ? undefined : say(spec.hint)
  const text = typeof value === 'string' ? value : ''
  const setText = (next: string): void => onChange(next === '' && optional ? undefined : next)
  switch (spec.kind) {
    case 'secret':
    case 'secretName':
      return (
        <SecretPicker
          label={label}
          optional={optional}
          value={spec.kind === 'secretName' ? text : secretOf(value)}
          error={error}
          suggestedName={secretName}
          onChange={(name) =>
            onChange(name === '' && optional ? undefined : spec.kind === 'secretName' ? name : { secret: name })
          }
        />
      )
    case 'textOrSecret':
      return <TextOrSecret {...props} />
    case 'choice':
      return <ChoiceField {...props} />
    case 'flag':
      return (
        <Checkbox
          label={label}
          {...(hint !== undefined && { hint })}
          checked={value === true}
          onChange={(checked) => onChange(checked ? true : undefined)}
        />
      )
    case 'resource':
      return (
        <div className="grid gap-1">
          <TextField
            {...{ label, hint, error, optional }}
            mono
            value={text}
            disabled={value === false}
            onChange={(event) => setText(event.target.value)}
          />
          <Checkbox
            label={say('detail.field.noResource')}
            checked={value === false}
            onChange={(none) => onChange(none ? false : undefined)}
          />
        </div>
      )
    case 'words':
      return <WordsField {...props} />
    case 'json':
      return <JsonField {...props} />
    case 'text':
      return (
        <TextField
          {...{ label, hint, error, optional }}
          mono
          value={text}
          onChange={(event) => setText(event.target.value)}
        />
      )
  }
}

function secretOf(value: unknown): string {
  return typeof value === 'object' && value !== null && 'secret' in value ? String(value.secret) : ''
}

function ChoiceField({ spec, value, error, onChange }: AuthFieldProps) {
  const { t: say } = useTranslation()
  const options = spec.options ?? []
  const [standard = ''] = options
  return (
    <Select
      label={say(spec.label)}
      optional={spec.optional === true}
      error={error}
      value={typeof value === 'string' ? value : standard}
      onChange={(next) => onChange(next === standard && value === undefined ? undefined : next)}
      options={options.map((option) => ({ value: option, label: optionName(option) }))}
    />
  )
}

const optionNames: Readonly<Record<string, StringKey>> = {
  client_secret_basic: 'detail.option.client_secret_basic',
  client_secret_post: 'detail.option.client_secret_post',
  private_key_jwt: 'detail.option.private_key_jwt',
  user: 'detail.option.user',
  organization: 'detail.option.organization',
  auto: 'detail.option.auto',
  static: 'detail.option.static',
  cimd: 'detail.option.cimd',
  dcr: 'detail.option.dcr',
  header: 'detail.option.header',
  query: 'detail.option.query',
}

function optionName(option: string): string {
  const name = optionNames[option]
  return name === undefined ? option : t(name)
}

/** Several words. What is typed stays as it is typed while it means the same. */
function WordsField({ spec, value, error, onChange }: AuthFieldProps) {
  const { t: say } = useTranslation()
  const words = Array.isArray(value) ? value.map(String) : typeof value === 'string' ? [value] : []
  const [typed, setTyped] = useState(words.join(' '))
  const shown = splitWords(typed).join(' ') === words.join(' ') ? typed : words.join(' ')
  return (
    <TextField
      label={say(spec.label)}
      hint={spec.hint === undefined ? undefined : say(spec.hint)}
      optional={spec.optional === true}
      error={error}
      mono
      value={shown}
      onChange={(event) => {
        const next = splitWords(event.target.value)
        setTyped(event.target.value)
        onChange(next.length === 0 ? undefined : next)
      }}
    />
  )
}

function splitWords(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((word) => word !== '')
}

function JsonField({ spec, value, error, onChange }: AuthFieldProps) {
  const { t: say } = useTranslation()
  const [typed, setTyped] = useState(value === undefined ? '' : JSON.stringify(value, null, 2))
  const [wrong, setWrong] = useState<string>()
  return (
    <TextAreaField
      label={say(spec.label)}
      optional={spec.optional === true}
      error={wrong ?? error}
      mono
      rows={3}
      value={typed}
      onChange={(event) => {
        const text = event.target.value
        setTyped(text)
        setWrong(undefined)
        if (text.trim() === '') return onChange(undefined)
        try {
          onChange(JSON.parse(text) as unknown)
        } catch (failure) {
          setWrong(say('detail.advanced.rawWrong', { message: failure instanceof Error ? failure.message : '' }))
        }
      }}
    />
  )
}

function TextOrSecret({ spec, value, error, secretName, onChange }: AuthFieldProps) {
  const { t: say } = useTranslation()
  const isSecret = typeof value === 'object'
  return (
    <div className="grid gap-1">
      {isSecret ? (
        <SecretPicker
          label={say(spec.label)}
          value={secretOf(value)}
          error={error}
          suggestedName={secretName}
          onChange={(name) => onChange({ secret: name })}
        />
      ) : (
        <TextField
          label={say(spec.label)}
          error={error}
          mono
          value={typeof value === 'string' ? value : ''}
          onChange={(event) => onChange(event.target.value)}
        />
      )}
      <Checkbox
        label={say('detail.secret.fromVault')}
        checked={isSecret}
        onChange={(secret) => onChange(secret ? { secret: '' } : '')}
      />
    </div>
  )
}

/** A passphrase that is being chosen, twice, so that a slip of the hand locks nobody out. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../components/button.js'
import { SecretField } from '../../components/secret-field.js'
import { ErrorCard } from '../errors/error-card.js'

export interface NewPassphraseFormProps {
  readonly label: string
  readonly submit: string
  /** The one thing to do where it is. */
  readonly primary?: boolean
  readonly autoFocus?: boolean
  readonly loading: boolean
  readonly error: unknown
  /** `done` empties the fields. */
  readonly onChosen: (passphrase: string, done: () => void) => void
}

export function NewPassphraseForm(props: NewPassphraseFormProps) {
  const { t } = useTranslation()
  const [given, setGiven] = useState('')
  const [again, setAgain] = useState('')
  const [differ, setDiffer] = useState(false)
  const clear = (): void => {
    setGiven('')
    setAgain('')
  }
  return (
    <form
      className="grid gap-4"
      onSubmit={(event) => {
        event.preventDefault()
        setDiffer(given !== again)
        if (given === again) props.onChosen(given, clear)
      }}
    >
      <SecretField
        label={props.label}
        autoComplete="new-password"
        autoFocus={props.autoFocus === true}
        required
        maxLength={1024}
        value={given}
        onChange={(event) => setGiven(event.target.value)}
      />
      <SecretField
        label={t('kit.passphrase.again')}
        autoComplete="new-password"
        required
        maxLength={1024}
        error={differ ? t('kit.passphrase.differ') : undefined}
        value={again}
        onChange={(event) => setAgain(event.target.value)}
      />
      {props.error !== null && <ErrorCard error={props.error} quiet />}
      <div>
        <Button type="submit" {...(props.primary === true && { variant: 'primary' as const })} loading={props.loading}>
          {props.submit}
        </Button>
      </div>
    </form>
  )
}

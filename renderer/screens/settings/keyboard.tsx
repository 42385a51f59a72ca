/** The keys of every command: changed by pressing others, taken from another command only after saying so. */
import { Pencil, X } from 'lucide-react'
import { useState, useSyncExternalStore, type KeyboardEvent } from 'react'
import { useTranslation } from 'react-i18next'
import { chordOf, keyCaps } from '../../commands/chord.js'
import { commandDefinitions, commandGroups, commandIds, type CommandId } from '../../commands/definitions.js'
import { commandOfKeys, resetKeys, setKeys, singleKeys, useKeys } from '../../commands/key-bindings.js'
import { commandTitle } from '../../commands/use-command.js'
import { Banner } from '../../components/banner.js'
import { Button, IconButton } from '../../components/button.js'
import { Switch } from '../../components/choice.js'
import { Kbd } from '../../components/kbd.js'
import { showToast } from '../../components/toast.js'

export function Keyboard() {
  const { t } = useTranslation()
  const single = useSyncExternalStore(singleKeys.subscribe, singleKeys.get)
  const reset = (): void => {
    resetKeys()
    showToast({ title: t('settings.keyboard.resetDone') })
  }
  return (
    <>
      <Switch
        label={t('settings.keyboard.single')}
        hint={t('settings.keyboard.singleText')}
        checked={single}
        onChange={singleKeys.set}
      />
      <div className="flex items-center justify-between gap-4">
        <p className="text-fg-2">{t('settings.keyboard.text')}</p>
        <Button onClick={reset}>{t('settings.keyboard.reset')}</Button>
      </div>
      {commandGroups.map((group) => (
        <section key={group} className="grid gap-1">
          <h3 className="font-semibold">{t(`commands.group.${group}`)}</h3>
          <ul className="overflow-hidden rounded-card border border-line bg-panel">
            {commandIds
              .filter((id) => commandDefinitions[id].group === group)
              .map((id) => (
                <KeyRow key={id} id={id} />
              ))}
          </ul>
        </section>
      ))}
    </>
  )
}

function KeyRow({ id }: { readonly id: CommandId }) {
  const { t } = useTranslation()
  const keys = useKeys(id)
  const [capturing, setCapturing] = useState(false)
  const [wanted, setWanted] = useState<string>()
  const command = commandTitle(id)
  const take = (chord: string): void => {
    setKeys(id, chord)
    setWanted(undefined)
  }
  const onKeyDown = (event: KeyboardEvent): void => {
    if (!capturing) return
    const chord = chordOf(event)
    event.preventDefault()
    event.stopPropagation()
    // A command would run by the same press.
    event.nativeEvent.stopImmediatePropagation()
    if (chord === undefined) return
    setCapturing(false)
    if (chord === 'Escape' || chord === 'Tab' || chord === keys) return
    if (commandOfKeys(chord) === undefined) take(chord)
    else setWanted(chord)
  }
  return (
    <li className="grid grid-cols-1 gap-2 border-b border-line px-3 py-1 last:border-b-0">
      <div className="flex min-h-7 items-center gap-2">
        <span className="min-w-0 grow">{command}</span>
        <ShownKeys keys={keys} capturing={capturing} />
        {/* Its container hears the keys while it has the focus. */}
        <div onKeyDownCapture={onKeyDown} onBlur={() => setCapturing(false)}>
          <IconButton
            label={t('settings.keyboard.change', { command })}
            pressed={capturing}
            onClick={() => setCapturing(!capturing)}
          >
            <Pencil size={14} aria-hidden />
          </IconButton>
        </div>
        <IconButton
          label={t('settings.keyboard.clear', { command })}
          disabled={keys === undefined}
          onClick={() => setKeys(id, '')}
        >
          <X size={14} aria-hidden />
        </IconButton>
      </div>
      {wanted !== undefined && (
        <Taken chord={wanted} command={command} onTake={() => take(wanted)} onKeep={() => setWanted(undefined)} />
      )}
    </li>
  )
}

function ShownKeys({ keys, capturing }: { readonly keys: string | undefined; readonly capturing: boolean }) {
  const { t } = useTranslation()
  if (capturing)
    return (
      <span role="status" className="text-sm text-accent">
        {t('settings.keyboard.press')}
      </span>
    )
  if (keys === undefined) return <span className="text-sm text-fg-2">{t('settings.keyboard.none')}</span>
  return (
    <>
      <Kbd keys={keys} />
      <span className="sr-only">{keys}</span>
    </>
  )
}

/** The keys are another command's: taken from it only when a person says so. */
function Taken(props: {
  readonly chord: string
  readonly command: string
  readonly onTake: () => void
  readonly onKeep: () => void
}) {
  const { t } = useTranslation()
  const owner = commandOfKeys(props.chord)
  if (owner === undefined) return null
  return (
    <Banner
      tone="open"
      announce
      action={
        <>
          <Button onClick={props.onTake}>{t('settings.keyboard.takeOver', { command: props.command })}</Button>
          <Button variant="quiet" onClick={props.onKeep}>
            {t('settings.keyboard.keep')}
          </Button>
        </>
      }
    >
      {t('settings.keyboard.taken', { keys: keyCaps(props.chord).join(' '), other: commandTitle(owner) })}
    </Banner>
  )
}

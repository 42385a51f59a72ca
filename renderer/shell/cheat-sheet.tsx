import { useTranslation } from 'react-i18next'
import { commandDefinitions, commandGroups, commandIds } from '../commands/definitions.js'
import { keysOf } from '../commands/key-bindings.js'
import { commandTitle } from '../commands/use-command.js'
import { Dialog } from '../components/dialog.js'
import { Kbd } from '../components/kbd.js'

/** All commands that have keys. */
export function CheatSheet({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog
      open={open}
      onOpenChange={(next) => !next && onClose()}
      title={t('shell.cheatSheet.title')}
      description={t('shell.cheatSheet.text')}
      size="large"
    >
      {/* The only way to scroll it with the keyboard. */}
      <div tabIndex={0} role="group" aria-label={t('shell.cheatSheet.title')} className="columns-2 gap-8">
        {commandGroups.map((group) => (
          <section key={group} className="mb-4 break-inside-avoid">
            <h3 className="mb-1 text-xs text-fg-2">{t(`commands.group.${group}`)}</h3>
            <dl className="grid">
              {commandIds
                .filter((id) => commandDefinitions[id].group === group)
                .map((id) => {
                  const keys = keysOf(id)
                  return keys === undefined ? null : (
                    <div key={id} className="flex items-center justify-between gap-4 border-b border-line py-1">
                      <dt>{commandTitle(id)}</dt>
                      <dd>
                        <Kbd keys={keys} />
                        <span className="sr-only">{keys}</span>
                      </dd>
                    </div>
                  )
                })}
            </dl>
          </section>
        ))}
      </div>
    </Dialog>
  )
}

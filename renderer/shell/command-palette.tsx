/** Everything by name: screens, what can be done just now, servers. */
import { Autocomplete } from '@base-ui/react/autocomplete'
import { Dialog } from '@base-ui/react/dialog'
import { useQuery } from '@tanstack/react-query'
import { useRouter } from '@tanstack/react-router'
import { useTranslation } from 'react-i18next'
import { listServersOptions } from '../client/api.js'
import { commandDefinitions } from '../commands/definitions.js'
import { keysOf } from '../commands/key-bindings.js'
import { commandTitle, runCommand, useAvailableCommands } from '../commands/use-command.js'
import { Kbd } from '../components/kbd.js'
import { itemLook } from '../components/popup-look.js'

interface Entry {
  readonly value: string
  readonly label: string
  readonly keys?: string | undefined
  readonly run: () => void
}

interface EntryGroup {
  readonly value: string
  readonly items: readonly Entry[]
}

export function CommandPalette({ open, onClose }: { readonly open: boolean; readonly onClose: () => void }) {
  const { t } = useTranslation()
  return (
    <Dialog.Root open={open} onOpenChange={(next) => !next && onClose()}>
      <Dialog.Portal>
        <Dialog.Backdrop className="fixed inset-0 z-40 bg-shade" />
        <Dialog.Popup
          aria-label={t('shell.palette.title')}
          className="fixed start-1/2 top-[12vh] z-40 flex max-h-[70vh] w-[calc(100vw-64px)] max-w-xl -translate-x-1/2 flex-col overflow-hidden rounded-overlay border border-line bg-raised text-fg shadow-overlay outline-none rtl:translate-x-1/2"
        >
          <PaletteList onClose={onClose} />
        </Dialog.Popup>
      </Dialog.Portal>
    </Dialog.Root>
  )
}

function PaletteList({ onClose }: { readonly onClose: () => void }) {
  const { t } = useTranslation()
  const groups = useEntryGroups()
  return (
    <Autocomplete.Root open inline items={groups} autoHighlight="always" keepHighlight>
      <Autocomplete.Input
        aria-label={t('shell.palette.placeholder')}
        placeholder={t('shell.palette.placeholder')}
        className="h-11 w-full shrink-0 border-b border-line bg-transparent px-4 text-lg outline-none"
      />
      <Autocomplete.Empty className="px-4 py-3 text-fg-2 empty:hidden">{t('shell.palette.empty')}</Autocomplete.Empty>
      <Autocomplete.List className="min-h-0 flex-1 overflow-y-auto p-1">
        {(group: EntryGroup) => (
          <Autocomplete.Group key={group.value} items={group.items} className="pb-1">
            <Autocomplete.GroupLabel className="px-2 pt-1.5 pb-0.5 text-xs font-semibold text-fg-2">
              {group.value}
            </Autocomplete.GroupLabel>
            <Autocomplete.Collection>
              {(entry: Entry) => (
                <Autocomplete.Item
                  key={entry.value}
                  value={entry}
                  onClick={() => {
                    onClose()
                    entry.run()
                  }}
                  className={itemLook}
                >
                  <span className="grow truncate">{entry.label}</span>
                  {entry.keys !== undefined && <Kbd keys={entry.keys} />}
                </Autocomplete.Item>
              )}
            </Autocomplete.Collection>
          </Autocomplete.Group>
        )}
      </Autocomplete.List>
    </Autocomplete.Root>
  )
}

function useEntryGroups(): EntryGroup[] {
  const { t } = useTranslation()
  const router = useRouter()
  const available = useAvailableCommands().filter((id) => id !== 'palette')
  const servers = useQuery(listServersOptions()).data?.items ?? []
  const entries = (ids: typeof available): Entry[] =>
    ids.map((id) => ({ value: id, label: commandTitle(id), keys: keysOf(id), run: () => void runCommand(id) }))
  const isScreen = (id: (typeof available)[number]): boolean => commandDefinitions[id].group === 'screens'
  return [
    { value: t('shell.palette.commands'), items: entries(available.filter((id) => !isScreen(id))) },
    { value: t('shell.palette.screens'), items: entries(available.filter(isScreen)) },
    {
      value: t('shell.palette.servers'),
      items: servers.map(({ slug }) => ({
        value: `server ${slug}`,
        label: slug,
        run: () => void router.navigate({ to: '/servers', search: { selected: slug } }),
      })),
    },
  ].filter(({ items }) => items.length > 0)
}

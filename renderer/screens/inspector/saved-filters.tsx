/** Filters under a name: chosen, saved, and forgotten with a way back. */
import { useMutation, useQuery } from '@tanstack/react-query'
import { Bookmark, ChevronDown, Trash2 } from 'lucide-react'
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { listSavedFiltersOptions, putSavedFilterMutation, removeSavedFilterMutation } from '../../client/api.js'
import type { CommandId } from '../../commands/definitions.js'
import { keysOf } from '../../commands/key-bindings.js'
import { useCommand } from '../../commands/use-command.js'
import { Button, IconButton } from '../../components/button.js'
import { Kbd } from '../../components/kbd.js'
import { Popover } from '../../components/popover.js'
import { TextField } from '../../components/text-field.js'
import { showToast } from '../../components/toast.js'
import { problemOf } from '../../client/api.js'

/** The first nine have keys. */
const filterCommands = [
  'savedFilter1',
  'savedFilter2',
  'savedFilter3',
  'savedFilter4',
  'savedFilter5',
  'savedFilter6',
  'savedFilter7',
  'savedFilter8',
  'savedFilter9',
] as const satisfies readonly CommandId[]

export function SavedFilters({ q, onChoose }: { readonly q: string; readonly onChoose: (q: string) => void }) {
  const { t } = useTranslation()
  const { data } = useQuery(listSavedFiltersOptions())
  return (
    <>
      {filterCommands.map((command, index) => {
        const filter = data?.items[index]
        return filter === undefined ? null : (
          <FilterCommand key={command} command={command} run={() => onChoose(filter.q)} />
        )
      })}
      <Popover
        title={t('inspector.saved.title')}
        trigger={
          <Button icon={<Bookmark size={14} aria-hidden />}>
            {t('inspector.saved.button')}
            <ChevronDown size={12} aria-hidden />
          </Button>
        }
      >
        <SavedList q={q} onChoose={onChoose} />
        <SaveForm q={q} />
      </Popover>
    </>
  )
}

/** Lets a key choose a filter, also while the list of them is closed. */
function FilterCommand({ command, run }: { readonly command: CommandId; readonly run: () => void }) {
  useCommand(command, run)
  return null
}

function SavedList({ q, onChoose }: { readonly q: string; readonly onChoose: (q: string) => void }) {
  const { t } = useTranslation()
  const { data } = useQuery(listSavedFiltersOptions())
  const put = useMutation(putSavedFilterMutation())
  const remove = useMutation(removeSavedFilterMutation())
  const forget = (filter: { readonly name: string; readonly q: string }): void => {
    const path = { name: filter.name }
    remove.mutate(
      { path },
      {
        onSuccess: () =>
          showToast({
            title: t('inspector.saved.removed', { name: filter.name }),
            undo: () => put.mutate({ path, body: { q: filter.q } }),
          }),
      },
    )
  }
  if (data === undefined) return null
  if (data.items.length === 0) return <p className="py-2 text-fg-2">{t('inspector.saved.empty')}</p>
  return (
    <ul className="my-2 grid max-h-64 gap-0.5 overflow-y-auto">
      {data.items.map((filter, index) => (
        <li key={filter.name} className="flex items-center gap-1">
          <button
            type="button"
            aria-current={filter.q === q ? 'true' : undefined}
            onClick={() => onChoose(filter.q)}
            className="flex min-w-0 grow items-center gap-2 rounded-control px-2 py-1 text-start hover:bg-hover aria-[current=true]:bg-selected"
          >
            <span className="grid min-w-0 grow">
              <span className="truncate">{filter.name}</span>
              <code className="truncate font-mono text-xs text-fg-2">{filter.q}</code>
            </span>
            <FilterKeys command={filterCommands[index]} />
          </button>
          <IconButton label={t('inspector.saved.remove', { name: filter.name })} onClick={() => forget(filter)}>
            <Trash2 size={14} aria-hidden />
          </IconButton>
        </li>
      ))}
    </ul>
  )
}

function FilterKeys({ command }: { readonly command: CommandId | undefined }) {
  const keys = command === undefined ? undefined : keysOf(command)
  return keys === undefined ? null : <Kbd keys={keys} />
}

function SaveForm({ q }: { readonly q: string }) {
  const { t } = useTranslation()
  const [name, setName] = useState('')
  const put = useMutation(putSavedFilterMutation())
  return (
    <form
      className="grid grid-cols-[1fr_auto] items-end gap-2 border-t border-line pt-2"
      onSubmit={(event) => {
        event.preventDefault()
        if (name.trim() === '' || q === '') return
        put.mutate({ path: { name: name.trim() }, body: { q } }, { onSuccess: () => setName('') })
      }}
    >
      <TextField
        label={t('inspector.saved.name')}
        value={name}
        maxLength={128}
        onChange={(event) => setName(event.target.value)}
        error={put.error === null ? undefined : problemOf(put.error, 0).message}
        hint={q === '' ? t('inspector.saved.nothing') : undefined}
      />
      <Button type="submit" loading={put.isPending} disabled={name.trim() === '' || q === ''}>
        {t('inspector.saved.save')}
      </Button>
    </form>
  )
}

/** JSON as a tree that is opened branch by branch. */
import { useState } from 'react'
import { useTranslation } from 'react-i18next'
import { Button } from '../../components/button.js'

/** Of a longer list, as many more are shown with each press. */
const step = 100
const openLevels = 3

export function JsonTree({ value }: { readonly value: unknown }) {
  return <Branch name={undefined} value={value} level={0} />
}

interface BranchProps {
  readonly name: string | undefined
  readonly value: unknown
  readonly level: number
}

function Branch({ name, value, level }: BranchProps) {
  const [open, setOpen] = useState(level < openLevels)
  if (typeof value !== 'object' || value === null) return <Leaf name={name} value={value} />
  const isList = Array.isArray(value)
  const entries = Object.entries(value)
  return (
    <details open={open} onToggle={(event) => setOpen(event.currentTarget.open)}>
      <summary className="font-mono text-sm wrap-anywhere">
        {name !== undefined && <span className="text-accent">{name}: </span>}
        <span className="text-fg-2">{isList ? `[${entries.length}]` : `{${entries.length}}`}</span>
      </summary>
      {open && <Entries entries={entries} level={level} />}
    </details>
  )
}

function Entries({
  entries,
  level,
}: {
  readonly entries: readonly (readonly [string, unknown])[]
  readonly level: number
}) {
  const { t } = useTranslation()
  const [count, setCount] = useState(step)
  return (
    <div className="border-s border-line ps-3">
      {entries.slice(0, count).map(([key, value]) => (
        <Branch key={key} name={key} value={value} level={level + 1} />
      ))}
      {entries.length > count && (
        <Button variant="quiet" onClick={() => setCount(count + step)}>
          {t('inspector.body.showMore', { count: entries.length - count })}
        </Button>
      )}
    </div>
  )
}

function Leaf({ name, value }: { readonly name: string | undefined; readonly value: unknown }) {
  return (
    <div className="font-mono text-sm wrap-anywhere">
      {name !== undefined && <span className="text-accent">{name}: </span>}
      <span className={typeof value === 'string' ? 'text-added' : 'text-pending'}>{JSON.stringify(value)}</span>
    </div>
  )
}

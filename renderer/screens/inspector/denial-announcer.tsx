import { useEffect, useRef, useState } from 'react'
import { useTranslation } from 'react-i18next'
import type { Exchange } from '../../client/api.js'
import { hasFailed } from './exchange-words.js'

/** Whoever listens hears of denials and failures only, and at most once in this time, in milliseconds. */
const everyMs = 5_000

/** Reads out how many calls were refused or failed since it last spoke. */
export function DenialAnnouncer({ rows }: { readonly rows: readonly Exchange[] }) {
  const { t } = useTranslation()
  const [count, setCount] = useState(0)
  const latest = useRef(rows)
  useEffect(() => {
    latest.current = rows
  })
  useEffect(() => {
    let heardUntil = latest.current.at(-1)?.id
    const timer = setInterval(() => {
      const from = latest.current.findLastIndex(({ id }) => id === heardUntil)
      const fresh = latest.current.slice(from + 1).filter(hasFailed)
      if (heardUntil !== undefined) setCount(fresh.length)
      heardUntil = latest.current.at(-1)?.id
    }, everyMs)
    return () => clearInterval(timer)
  }, [])
  return (
    <p role="status" className="sr-only">
      {count > 0 ? t('inspector.announce', { count }) : ''}
    </p>
  )
}

import { useEffect, useState } from 'react'
import { isSame } from './changed-keys.js'

/** A value as it was when it last stood still for so long, in milliseconds. */
export function useDebounced<T>(value: T, delayMs: number): T {
  const [settled, setSettled] = useState(value)
  useEffect(() => {
    if (isSame(settled, value)) return undefined
    const timer = setTimeout(() => setSettled(value), delayMs)
    return () => clearTimeout(timer)
  }, [value, settled, delayMs])
  return settled
}

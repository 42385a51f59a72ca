import { useLayoutEffect, useRef, type RefObject } from 'react'

/**
 * Keeps the rows that are looked at in place when others come before them. At the very top the list follows what comes.
 * @param rowHeightPx of every row
 */
export function useSteadyScroll<Row>(
  scroller: RefObject<HTMLElement | null>,
  rows: readonly Row[],
  rowId: (row: Row) => string,
  rowHeightPx: number,
): void {
  const shown = useRef<readonly Row[]>(rows)
  useLayoutEffect(() => {
    const before = shown.current
    shown.current = rows
    const element = scroller.current
    if (element === null || element.scrollTop === 0 || before === rows) return
    const topIndex = Math.floor(element.scrollTop / rowHeightPx)
    const topRow = before[topIndex]
    if (topRow === undefined) return
    const topId = rowId(topRow)
    const index = rows.findIndex((row) => rowId(row) === topId)
    if (index !== -1 && index !== topIndex) element.scrollTop += (index - topIndex) * rowHeightPx
  })
}

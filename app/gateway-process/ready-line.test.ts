import { describe, expect, it } from 'vitest'
import { parseReadyLine } from './ready-line.js'

const ready = { event: 'ready', dataUrl: 'http://127.0.0.1:4283', uiUrl: 'http://127.0.0.1:4284/x', pid: 1 }

describe('parseReadyLine', () => {
  it('reads the addresses', () => {
    expect(parseReadyLine(JSON.stringify(ready))).toEqual({ dataUrl: ready.dataUrl, uiUrl: ready.uiUrl })
  })

  it.each(['', 'hello', 'null', '[]', '{"event":"other"}', JSON.stringify({ ...ready, uiUrl: 7 })])(
    'takes %j for something else',
    (line) => {
      expect(parseReadyLine(line)).toBeUndefined()
    },
  )
})

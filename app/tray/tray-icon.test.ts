import { describe, expect, it } from 'vitest'
import { drawTrayIcon } from './tray-icon.js'

const teal = { red: 31, green: 127, blue: 134 }
const everyMark = ['none', 'needs-you', 'paused', 'locked'] as const
const alphaAt = (bitmap: Buffer, sizePx: number, x: number, y: number): number =>
  bitmap[(Math.floor(y * sizePx) * sizePx + Math.floor(x * sizePx)) * 4 + 3] ?? -1

describe('drawTrayIcon', () => {
  it.each(everyMark)('draws %s with transparent corners and a gate that is open', (mark) => {
    const bitmap = drawTrayIcon(mark, 32, teal)
    expect(bitmap).toHaveLength(32 * 32 * 4)
    expect(alphaAt(bitmap, 32, 0.02, 0.02)).toBe(0)
    expect(alphaAt(bitmap, 32, 0.2, 0.5)).toBe(255)
    expect(alphaAt(bitmap, 32, 0.42, 0.9)).toBe(0)
  })

  it('tells the marks apart by shape alone, also at 16 pixels', () => {
    const shapes = everyMark.map((mark) => drawTrayIcon(mark, 16, { red: 0, green: 0, blue: 0 }).toString('hex'))
    expect(new Set(shapes).size).toBe(everyMark.length)
  })

  it('never has a colour brighter than its alpha, as premultiplied bitmaps must not', () => {
    const bitmap = drawTrayIcon('locked', 22, { red: 255, green: 255, blue: 255 })
    for (let at = 0; at < bitmap.length; at += 4) expect(bitmap[at]).toBe(bitmap[at + 3])
  })
})

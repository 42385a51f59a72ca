import { describe, expect, it } from 'vitest'
import { openingBounds } from './window-bounds.js'

const laptop = { x: 0, y: 0, width: 1440, height: 875 }
const beside = { x: 1440, y: 0, width: 2560, height: 1400 }
const kept = { x: 1600, y: 100, width: 1300, height: 820, maximized: false }

describe('openingBounds', () => {
  it('is where it was', () => {
    expect(openingBounds(kept, [laptop, beside])).toEqual({ x: 1600, y: 100, width: 1300, height: 820 })
  })

  it('comes back to a screen that is there', () => {
    expect(openingBounds(kept, [laptop])).toEqual({ width: 1300, height: 820 })
    expect(openingBounds({ ...kept, x: 0, y: -400 }, [laptop])).toEqual({ width: 1300, height: 820 })
  })

  it('is never larger than the screen nor smaller than the page needs', () => {
    expect(openingBounds({ ...kept, x: 0, y: 0, width: 9000, height: 10 }, [laptop])).toMatchObject({
      width: 1440,
      height: 560,
    })
    expect(openingBounds(undefined, [laptop])).toEqual({ width: 1280, height: 800 })
    expect(openingBounds(undefined, [])).toEqual({ width: 1280, height: 800 })
  })
})

import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SecretClipboard } from './secret-clipboard.js'

/** A clipboard in memory, as Electron's cannot be had without a display. */
function memoryClipboard(): { text: string; readText(): string; writeText(text: string): void; clear(): void } {
  return {
    text: '',
    readText() {
      return this.text
    },
    writeText(text) {
      this.text = text
    },
    clear() {
      this.text = ''
    },
  }
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('SecretClipboard', () => {
  it('is empty again after 30 seconds, and not before', () => {
    const clipboard = memoryClipboard()
    new SecretClipboard(clipboard).copy('planted-secret')
    vi.advanceTimersByTime(29_999)
    expect(clipboard.text).toBe('planted-secret')
    vi.advanceTimersByTime(1)
    expect(clipboard.text).toBe('')
  })

  it('leaves what was copied since then', () => {
    const clipboard = memoryClipboard()
    const secrets = new SecretClipboard(clipboard)
    secrets.copy('planted-secret')
    clipboard.writeText('a recipe')
    vi.advanceTimersByTime(60_000)
    expect(clipboard.text).toBe('a recipe')
  })

  it('counts from the last copy, and is empty at once on lock', () => {
    const clipboard = memoryClipboard()
    const secrets = new SecretClipboard(clipboard)
    secrets.copy('first')
    vi.advanceTimersByTime(20_000)
    secrets.copy('second')
    vi.advanceTimersByTime(20_000)
    expect(clipboard.text).toBe('second')
    secrets.clear()
    expect(clipboard.text).toBe('')
    expect(vi.getTimerCount()).toBe(0)
  })
})

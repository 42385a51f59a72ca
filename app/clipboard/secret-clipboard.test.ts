import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { SecretClipboard, type Clipboard } from './secret-clipboard.js'

/** A clipboard in memory, as Electron's cannot be had without a display. */
class MemoryClipboard implements Clipboard {
  text = ''
  readText = async (): Promise<string> => this.text
  writeText = async (text: string): Promise<void> => void (this.text = text)
  clear = (): void => void (this.text = '')
}

beforeEach(() => vi.useFakeTimers())
afterEach(() => vi.useRealTimers())

describe('SecretClipboard', () => {
  it('is empty again after 30 seconds, and not before', async () => {
    const clipboard = new MemoryClipboard()
    await new SecretClipboard(clipboard).copy('planted-secret')
    await vi.advanceTimersByTimeAsync(29_999)
    expect(clipboard.text).toBe('planted-secret')
    await vi.advanceTimersByTimeAsync(1)
    expect(clipboard.text).toBe('')
  })

  it('leaves what was copied since then', async () => {
    const clipboard = new MemoryClipboard()
    const secrets = new SecretClipboard(clipboard)
    await secrets.copy('planted-secret')
    await clipboard.writeText('a recipe')
    await vi.advanceTimersByTimeAsync(60_000)
    expect(clipboard.text).toBe('a recipe')
  })

  it('counts from the last copy, and is empty at once on lock', async () => {
    const clipboard = new MemoryClipboard()
    const secrets = new SecretClipboard(clipboard)
    await secrets.copy('first')
    await vi.advanceTimersByTimeAsync(20_000)
    await secrets.copy('second')
    await vi.advanceTimersByTimeAsync(20_000)
    expect(clipboard.text).toBe('second')
    await secrets.clear()
    expect(clipboard.text).toBe('')
    expect(vi.getTimerCount()).toBe(0)
  })
})

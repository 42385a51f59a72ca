/** Secrets that were copied do not stay in the clipboard. Runs in the main process, so that no lock or reload ends it. */

/** The part of Electron's clipboard that is used. */
export interface Clipboard {
  readText(): Promise<string>
  writeText(text: string): Promise<void>
  clear(): void
}

const clearAfterMs = 30_000

export class SecretClipboard {
  private held: { readonly text: string; readonly timeout: NodeJS.Timeout } | undefined

  constructor(private readonly clipboard: Clipboard) {}

  async copy(text: string): Promise<void> {
    clearTimeout(this.held?.timeout)
    // Held before it is written: a lock that comes between finds it.
    this.held = { text, timeout: setTimeout(() => void this.clear(), clearAfterMs) }
    await this.clipboard.writeText(text)
  }

  /** At once, on lock and on quit. What somebody has copied since then stays. */
  async clear(): Promise<void> {
    const { held } = this
    if (held === undefined) return
    clearTimeout(held.timeout)
    this.held = undefined
    const isStillThere = await this.clipboard.readText().then(
      (text) => text === held.text,
      // What cannot be read may be the secret.
      () => true,
    )
    if (isStillThere) this.clipboard.clear()
  }
}

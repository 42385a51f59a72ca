/** Secrets that were copied do not stay in the clipboard. Runs in the main process, so that no lock or reload ends it. */

/** The part of Electron's clipboard that is used. */
export interface Clipboard {
  readText(): string
  writeText(text: string): void
  clear(): void
}

const clearAfterMs = 30_000

export class SecretClipboard {
  private held: { readonly text: string; readonly timeout: NodeJS.Timeout } | undefined

  constructor(private readonly clipboard: Clipboard) {}

  copy(text: string): void {
    this.forget()
    this.clipboard.writeText(text)
    this.held = { text, timeout: setTimeout(() => this.clear(), clearAfterMs) }
  }

  /** At once, on lock and on quit. What somebody has copied since then stays. */
  clear(): void {
    const { held } = this
    this.forget()
    if (held !== undefined && this.clipboard.readText() === held.text) this.clipboard.clear()
  }

  private forget(): void {
    clearTimeout(this.held?.timeout)
    this.held = undefined
  }
}

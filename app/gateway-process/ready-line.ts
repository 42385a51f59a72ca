/** Reads the one line that `gatehouse serve --json` prints when it is ready. */

export interface ReadyLine {
  readonly dataUrl: string
  /** Opens the page signed in, once. A secret. */
  readonly uiUrl: string
}

/** @returns undefined where the line is something else. Whether the addresses are on loopback is not checked. */
export function parseReadyLine(line: string): ReadyLine | undefined {
  const message = parseJson(line)
  if (typeof message !== 'object' || message === null || !('event' in message) || message.event !== 'ready')
    return undefined
  if (!('dataUrl' in message) || typeof message.dataUrl !== 'string') return undefined
  if (!('uiUrl' in message) || typeof message.uiUrl !== 'string') return undefined
  return { dataUrl: message.dataUrl, uiUrl: message.uiUrl }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

/** Reads the one line that `gatehouse serve --json` prints when it is ready. */
import * as z from 'zod'

const loopbackUrl = z.string().regex(/^http:\/\/127\.0\.0\.1:\d{1,5}(?:\/|$)/)
const readySchema = z.object({
  event: z.literal('ready'),
  dataUrl: loopbackUrl,
  controlUrl: loopbackUrl,
  /** Whoever has it holds every power over the gateway. */
  controlToken: z.string().min(1),
  /** Opens the page signed in, once. A secret. */
  uiUrl: loopbackUrl,
})
export type ReadyLine = Readonly<Omit<z.infer<typeof readySchema>, 'event'>>

/** @returns undefined where the line is something else */
export function parseReadyLine(line: string): ReadyLine | undefined {
  const message = readySchema.safeParse(parseJson(line)).data
  if (message === undefined) return undefined
  const { dataUrl, controlUrl, controlToken, uiUrl } = message
  return { dataUrl, controlUrl, controlToken, uiUrl }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}

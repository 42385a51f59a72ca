/** Draws the tray's icon: the gate, and a mark whose shape tells the state, as not everybody sees its colour. */
import type { TrayMark } from './tray-menu.js'

export interface Colour {
  readonly red: number
  readonly green: number
  readonly blue: number
}

/** Samples for each pixel and direction, so that edges are smooth. */
const samples = 4

/** A shape on the square from 0 to 1, y pointing down. */
type Shape = (x: number, y: number) => boolean

const gate: Shape = (x, y) => {
  const roof = y >= 0.28 ? true : y >= 0.06 && Math.abs(x - 0.5) <= ((y - 0.06) / 0.22) * 0.4
  const wall = x >= 0.1 && x <= 0.9 && y <= 0.94
  const opening = Math.abs(x - 0.5) <= 0.16 && (y >= 0.62 || Math.hypot(x - 0.5, y - 0.62) <= 0.16)
  return roof && wall && !opening
}

const inDisc: Shape = (x, y) => Math.hypot(x - 0.74, y - 0.74) <= 0.26
const marks: Readonly<Record<Exclude<TrayMark, 'none'>, Shape>> = {
  'needs-you': (x, y) => Math.hypot(x - 0.74, y - 0.74) <= 0.2,
  paused: (x, y) => Math.abs(y - 0.74) <= 0.2 && Math.abs(Math.abs(x - 0.74) - 0.11) <= 0.06,
  locked: (x, y) =>
    (Math.abs(x - 0.74) <= 0.19 && y >= 0.7 && y <= 0.94) ||
    (y < 0.7 && y >= 0.5 && Math.abs(Math.hypot(x - 0.74, y - 0.68) - 0.12) <= 0.045),
}

/** @returns `sizePx`² pixels of four bytes each: blue, green, red, alpha, as Electron's `createFromBitmap` takes them */
export function drawTrayIcon(mark: TrayMark, sizePx: number, { red, green, blue }: Colour): Buffer {
  const shape: Shape = mark === 'none' ? gate : (x, y) => (inDisc(x, y) ? marks[mark](x, y) : gate(x, y))
  const bitmap = Buffer.alloc(sizePx * sizePx * 4)
  for (let row = 0; row < sizePx; row += 1)
    for (let column = 0; column < sizePx; column += 1) {
      const alpha = Math.round(coverage(shape, column, row, sizePx) * 255)
      // The bitmap is premultiplied.
      const of = (part: number): number => Math.round((part * alpha) / 255)
      bitmap.set([of(blue), of(green), of(red), alpha], (row * sizePx + column) * 4)
    }
  return bitmap
}

/** How much of one pixel the shape covers, 0 to 1. */
function coverage(shape: Shape, column: number, row: number, sizePx: number): number {
  let hits = 0
  for (let sample = 0; sample < samples * samples; sample += 1) {
    const x = (column + ((sample % samples) + 0.5) / samples) / sizePx
    const y = (row + (Math.floor(sample / samples) + 0.5) / samples) / sizePx
    if (shape(x, y)) hits += 1
  }
  return hits / (samples * samples)
}

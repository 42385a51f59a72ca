/**
 * What tells for many batches at once that a text is in none of them. Signatures follow behind the recording; what has
 * none yet is searched itself.
 */
import type { VaultDatabase } from './database.js'
import { addRuns, bitsOf, holdsBits, signatureBytes } from './text-signature.js'

/** A signature is made for so much; more would set so many of its bits that it told nothing. */
const fullBytes = 448 * 1024
const fullExchanges = 1_000

/** For each text that is asked for the ways in which it may be said, each in pieces that must all be there. */
export type WantedTexts = readonly (readonly (readonly string[])[])[]

export interface ExchangeTexts {
  /** Within a transaction, after a batch was added: makes the next signature once there is enough for it. */
  added(exchanges: number, bytes: number): void
  /** For one search: whether a batch may hold what is wanted. Undefined where signatures cannot tell. */
  finder(wanted: WantedTexts): ((batch: number) => boolean) | undefined
  /** Drops those whose batches are all before this one. */
  forgetBefore(batchId: number): void
  clear(): void
}

interface Waiting {
  readonly id: number
  readonly exchanges: number
  readonly bytes: number
}

export function createExchangeTexts(database: VaultDatabase): ExchangeTexts {
  const sign = createSigning(database)
  const find = database.prepare<[number], { first_batch: number; last_batch: number; signature: Buffer }>(
    'SELECT first_batch, last_batch, signature FROM exchange_texts WHERE last_batch >= ? ORDER BY last_batch LIMIT 1',
  )
  const forget = database.prepare<[number]>('DELETE FROM exchange_texts WHERE last_batch < ?')
  // More may wait from before, or from another process; the first signature tells.
  let waiting = { exchanges: 0, bytes: 0 }
  return {
    added: (exchanges, bytes) => {
      waiting = { exchanges: waiting.exchanges + exchanges, bytes: waiting.bytes + bytes }
      if (isFull(waiting)) waiting = sign()
    },
    finder: (wanted) => {
      const bits = bitsOfAll(wanted)
      if (bits.length === 0) return undefined
      let last = { from: 0, to: -1, mayHold: true }
      return (batch) => {
        if (batch >= last.from && batch <= last.to) return last.mayHold
        const row = find.get(batch)
        const isSigned = row !== undefined && row.first_batch <= batch
        last = isSigned
          ? { from: row.first_batch, to: row.last_batch, mayHold: mayHold(row.signature, bits) }
          : { from: batch, to: batch, mayHold: true }
        return last.mayHold
      }
    },
    forgetBefore: (batchId) => void forget.run(batchId),
    clear: () => {
      database.prepare('DELETE FROM exchange_texts').run()
      waiting = { exchanges: 0, bytes: 0 }
    },
  }
}

function isFull({ exchanges, bytes }: Omit<Waiting, 'id'>): boolean {
  return exchanges >= fullExchanges || bytes >= fullBytes
}

/** Makes one signature where there is enough for it. @returns what waits after it */
function createSigning(database: VaultDatabase): () => Omit<Waiting, 'id'> {
  const unsigned = database.prepare<[], Waiting>(
    `SELECT id, exchanges, bytes FROM exchange_batches
     WHERE id > (SELECT coalesce(max(last_batch), 0) FROM exchange_texts) ORDER BY id`,
  )
  const content = database.prepare<[number], { readonly shapes: string; readonly frames: Buffer }>(
    'SELECT shapes, frames FROM exchange_batches WHERE id = ?',
  )
  const insert = database.prepare<[number, number, Uint8Array]>(
    'INSERT INTO exchange_texts (first_batch, last_batch, signature) VALUES (?, ?, ?)',
  )
  return () => {
    const taken: number[] = []
    let [exchanges, bytes] = [0, 0]
    for (const batch of unsigned.iterate()) {
      taken.push(batch.id)
      exchanges += batch.exchanges
      bytes += batch.bytes
      if (isFull({ exchanges, bytes })) break
    }
    const [first, last] = [taken[0], taken.at(-1)]
    if (first === undefined || last === undefined || !isFull({ exchanges, bytes })) return { exchanges, bytes }
    const signature = new Uint8Array(signatureBytes)
    for (const id of taken) {
      const batch = content.get(id)
      if (batch === undefined) continue
      addRuns(signature, Buffer.from(batch.shapes, 'utf8'))
      addRuns(signature, batch.frames)
    }
    insert.run(first, last, signature)
    // Where more waits, the batch that comes next makes one more.
    return unsigned.get() === undefined ? { exchanges: 0, bytes: 0 } : { exchanges: fullExchanges, bytes: 0 }
  }
}

type WantedBits = readonly (readonly (readonly number[])[])[]

/** Of each text, one for each way; a way that is too short to tell lets everything through, and its text with it. */
function bitsOfAll(wanted: WantedTexts): WantedBits {
  const bits = wanted.map((ways) => ways.map((pieces) => pieces.flatMap((piece) => bitsOf(piece))))
  return bits.filter((ways) => ways.every((way) => way.length > 0))
}

function mayHold(signature: Uint8Array, bits: WantedBits): boolean {
  return bits.every((ways) => ways.some((way) => holdsBits(signature, way)))
}

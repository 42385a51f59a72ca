/** Pieces that the schemas of the control API have in common. */
import * as z from 'zod'
import { callerMethods, type Caller } from './caller.js'

export const timeSchema = z.iso.datetime({ offset: true }).describe('RFC 3339')
export const nameSchema = z.string().min(1, 'expected a name').max(128)
/** A query's `true`, `false`, `1` or `0`. */
export const flagSchema = z.enum(['true', 'false', '1', '0'], { error: 'expected true or false' }).optional()
export const millisecondsSchema = z.number().min(0)

/** `{ items }` of one kind, with a cursor where more follow. */
export function listOf<T extends z.ZodType>(item: T) {
  return z.object({ items: z.array(item), nextCursor: z.string().optional() })
}

const limitExpected = 'expected a whole number, 1 to 500'
const limitSchema = z.coerce
  .number({ error: limitExpected })
  .int(limitExpected)
  .min(1, limitExpected)
  .max(500, limitExpected)
  .optional()

/** Opaque to clients: `nextCursor` of the answer before. */
const cursorSchema = z.string().max(1024).optional()
/** What every list takes. Without a limit it comes whole, but for exchanges and issuances. */
export const pageQuerySchema = z.strictObject({ cursor: cursorSchema, limit: limitSchema })
export type PageQuery = z.infer<typeof pageQuerySchema>

export const callerSchema = z.object({
  id: z.string(),
  subject: z.string(),
  issuer: z.string().optional(),
  email: z.string().optional(),
  method: z.enum(callerMethods),
  client: z.string().optional(),
}) satisfies z.ZodType<Caller>

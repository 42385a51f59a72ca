/** What the desktop app and the gateway's process tell each other, over the port between them and nowhere else. */
import * as z from 'zod'

const idSchema = z.int().nonnegative()
const accountSchema = z.string().min(1).max(128)
const keySchema = z.custom<Uint8Array>((value) => value instanceof Uint8Array && value.byteLength <= 1024)

/** From the gateway's process. Keys are asked for, and handed over to be kept, by vault id. */
export const fromGatewaySchema = z.discriminatedUnion('type', [
  z.strictObject({ type: z.literal('key-wanted'), id: idSchema, account: accountSchema }),
  z.strictObject({ type: z.literal('key-made'), id: idSchema, account: accountSchema, key: keySchema }),
  z.strictObject({
    type: z.literal('unlocked'),
    id: idSchema,
    /** What went wrong, for people; missing where it is open. */
    failure: z.string().optional(),
  }),
])
export type FromGateway = z.infer<typeof fromGatewaySchema>

/** From the app. */
export const toGatewaySchema = z.discriminatedUnion('type', [
  /** First of all, so that the gateway knows whether there is a keychain to ask. */
  z.strictObject({ type: z.literal('hello'), keychain: z.boolean() }),
  /** `key` is missing where none is kept for this account. */
  z.strictObject({ type: z.literal('key'), id: idSchema, key: keySchema.optional() }),
  z.strictObject({ type: z.literal('kept'), id: idSchema }),
  z.strictObject({ type: z.literal('key-failed'), id: idSchema, message: z.string() }),
  /** Open the vault with the kept key. */
  z.strictObject({ type: z.literal('unlock'), id: idSchema }),
  z.strictObject({ type: z.literal('stop') }),
])
export type ToGateway = z.infer<typeof toGatewaySchema>

/** Answers what the gateway's process asks about the vault's key. */
import { fromGatewaySchema, type FromGateway, type ToGateway } from '../../gateway-core/contract/gateway-process.js'

export interface Keys {
  read(account: string): Promise<Uint8Array | undefined>
  write(account: string, key: Uint8Array): Promise<void>
}

/** @returns undefined where it is not one of the gateway's messages */
export function parseFromGateway(data: unknown): FromGateway | undefined {
  return fromGatewaySchema.safeParse(data).data
}

/** @returns what is to be posted back */
export async function answerAboutKey(
  message: Exclude<FromGateway, { type: 'unlocked' }>,
  keys: Keys,
): Promise<ToGateway> {
  const { id, account } = message
  try {
    if (message.type === 'key-made') {
      await keys.write(account, message.key)
      message.key.fill(0)
      return { type: 'kept', id }
    }
    const key = await keys.read(account)
    return { type: 'key', id, ...(key !== undefined && { key }) }
  } catch (error) {
    return { type: 'key-failed', id, message: error instanceof Error ? error.message : 'The keychain failed.' }
  }
}

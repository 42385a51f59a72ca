/** Exchanges as they end, from the gateway's events. */
import { StringDecoder } from 'node:string_decoder'
import type { OperationAnswer } from '../contract/control-api.js'
import type { ControlClient } from './control-client.js'

export type ListedExchange = OperationAnswer<'listExchanges'>['items'][number]

/** The longest that a timer takes: until somebody ends the command. */
const followMs = 2 ** 31 - 1

/** Ends with the gateway. */
export async function* followExchanges(
  client: ControlClient,
  filter: string | undefined,
): AsyncIterable<ListedExchange> {
  const query = filter === undefined ? {} : { filter }
  for await (const { event, data } of eventsOf(await client.stream('getEvents', { query }, followMs)))
    // The gateway answers by the same table; both are one version.
    if (event === 'exchange') yield JSON.parse(data) as ListedExchange
}

/** Events as the gateway writes them: a name and one line of data each. */
async function* eventsOf(
  chunks: AsyncIterable<Uint8Array>,
): AsyncIterable<{ readonly event: string; readonly data: string }> {
  const decoder = new StringDecoder('utf8')
  let text = ''
  for await (const chunk of chunks) {
    const blocks = (text + decoder.write(Buffer.from(chunk))).split('\n\n')
    text = blocks.pop() ?? ''
    for (const block of blocks) {
      const [, event, data] = /^event: (.*)\ndata: (.*)$/m.exec(block) ?? []
      if (event !== undefined && data !== undefined) yield { event, data }
    }
  }
}

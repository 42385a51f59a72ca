/** Names for the parts of answers that the generator leaves unnamed. */
import type { ExplainResponse, ListExchangesResponse, ListServersResponse } from './generated/types.gen.js'

export type Server = ListServersResponse['items'][number]
export type Exchange = ListExchangesResponse['items'][number]
export type Verdict = Exchange['verdict']
export type HeaderEntry = Exchange['request']['forwarded'][number]
export type OutboundHeader = ExplainResponse['outbound'][number]
export type StrippedHeader = ExplainResponse['stripped'][number]

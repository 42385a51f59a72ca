/** Names for the parts of answers that the generator leaves unnamed. */
import type {
  ListAgentConfigsResponse,
  ListAccountsResponse,
  ListAgentsResponse,
  ListExchangesResponse,
  ListGrantsResponse,
  ListIssuancesResponse,
  ListKeysResponse,
  ListOAuthClientsResponse,
  ListSecretsResponse,
  ListServersResponse,
} from './generated/types.gen.js'

export type Server = ListServersResponse['items'][number]
export type Exchange = ListExchangesResponse['items'][number]
export type Account = ListAccountsResponse['items'][number]
export type AgentConfig = ListAgentConfigsResponse['items'][number]
export type Agent = ListAgentsResponse['items'][number]
export type AgentKey = ListKeysResponse['items'][number]
export type Grant = ListGrantsResponse['items'][number]
export type Issuance = ListIssuancesResponse['items'][number]
export type OAuthClient = ListOAuthClientsResponse['items'][number]
export type Secret = ListSecretsResponse['items'][number]

/** What an error card says where it knows better than the gateway's own words. Keyed by error code. */
export const errors = {
  title: {
    no_answer: 'The gateway does not answer',
    unauthenticated: 'This session has ended',
    vault_locked: 'The vault is locked',
    vault_wrong_passphrase: 'That passphrase does not open this vault',
    secret_missing: 'A secret is not in the vault',
    account_needed: 'Sign in needed',
    server_unreachable: 'The server cannot be reached',
    server_timeout: 'The server did not answer in time',
    credential_rejected: 'The server refused the credential',
    shield_denied: 'Blocked by Shield',
    header_conflict: 'Two rules claim one header',
    not_supported: 'This version does not do that',
  },
  where: {
    gateway: 'in the gateway',
    server: 'at the server',
    agent: 'between agent and gateway',
    shield: 'in Shield',
  },
  retry: 'Try again',
  openVault: 'Open the vault',
  openServer: 'Open the server',
  openShield: 'Open Shield',
  report: 'the report',
} as const

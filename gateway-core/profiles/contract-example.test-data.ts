/** The large example of CONTRACT §3, with values in place of its ellipses. */
export const contractExample = `gatehouse: 1
name: platform-team

authentication:                       # how callers prove themselves to the gateway, for every server
  legacy_bearer: false                # the fourth method below; off unless a profile turns it on
  jwt: [{ issuer: https://idp.example.com, jwks_url: https://idp.example.com/jwks, audience: gatehouse, algorithms: [RS256] }]
  sso: { issuer: https://idp.example.com, client_id: gatehouse, client_secret: { secret: idp-client }, scopes: [openid, email, profile] }

oauth:
  callback_host: 127.0.0.1            # 127.0.0.1 (default) | localhost: some providers take only one
  client_metadata_url: https://team.example.com/gatehouse-client.json      # a Client ID Metadata Document, where one is hosted

token_broker: { admin_url: https://admin.example.com, account: acme, project: default, credential: { secret: admin-key } }

shield:
  enabled: true
  timeout_ms: 1500
  on_failure: allow                   # allow = fail open, with a warning (the default) | deny
  remote: { url: https://shield.example.com/v1/evaluate, credential: { secret: shield-key } }
  policies: [./policies/production.cedar]        # the built-in engine

mcpServers:
  internal-search:
    url: http://internal-search.company.internal/mcp
    description: Internal search service
    auth_mode: internal               # internal | oauth_passthrough | token_broker: shorthand, see below
  github:
    url: https://github-mcp.example.com/sse
    transport: sse                    # streamable-http (default) | sse | stdio
    agent_auth: { type: interactive }
    app_auth:
      type: oauth2_authorization_code
      registration: auto              # auto | static | cimd | dcr
      client_id: your_github_app_id
      client_secret: { secret: github-app }
      authorization_url: https://github.com/login/oauth/authorize      # omitted = discovered
      token_url: https://github.com/login/oauth/access_token
      scopes: [repo, read:user]
      per: user                       # user | organization
  datadog:
    url: https://mcp.datadog.example.com/mcp
    agent_auth: { type: passthrough, jwt: { jwks: { keys: [] }, issuer: https://idp.example.com, audience: datadog } }
    restricted_inbound_headers: [x-internal-*]
    app_auth: { type: api_key, name: DD-API-KEY, in: header, value: { secret: datadog } }        # in: header | query
  azure-search:
    url: https://search.example.com/mcp
    app_auth: { type: bearer, token: { secret: azure-search } }
    outbound_headers:
      - { type: caller_token, header: x-ms-query-source-authorization, prefix: "Bearer " }
  hidden-backend:
    url: https://backend.internal/mcp
    app_auth:
      type: oauth2_client_credentials
      token_url: https://as.example.com/oauth/token                    # omitted = discovered
      client_id: gateway
      client_secret: { secret: gateway-client }
      client_auth: client_secret_post   # client_secret_basic (default) | client_secret_post | private_key_jwt (private_key: { secret }, signing_algorithm)
      resource: https://backend.internal/api
      scopes: [internal/write]
    tools:
      purge: { app_auth: { type: bearer, token: { secret: break-glass } } }     # one tool, its own credential
  local-files:
    transport: stdio
    command: npx
    args: [-y, "@modelcontextprotocol/server-filesystem", /home/me/notes]
    env: { TOKEN: { secret: files-token } }
`

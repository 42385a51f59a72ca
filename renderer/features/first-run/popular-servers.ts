/** Public servers that are well known, by the addresses that their makers publish. */
export interface PopularServer {
  readonly name: string
  readonly slug: string
  readonly url: string
  readonly signIn: boolean
}

export const popularServers: readonly PopularServer[] = [
  { name: 'DeepWiki', slug: 'deepwiki', url: 'https://mcp.deepwiki.com/mcp', signIn: false },
  { name: 'Microsoft Learn', slug: 'microsoft-learn', url: 'https://learn.microsoft.com/api/mcp', signIn: false },
  { name: 'Hugging Face', slug: 'hugging-face', url: 'https://huggingface.co/mcp', signIn: false },
  { name: 'Linear', slug: 'linear', url: 'https://mcp.linear.app/mcp', signIn: true },
  { name: 'Notion', slug: 'notion', url: 'https://mcp.notion.com/mcp', signIn: true },
  { name: 'Sentry', slug: 'sentry', url: 'https://mcp.sentry.dev/mcp', signIn: true },
]

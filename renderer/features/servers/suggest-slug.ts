/** Suggests a server's name from its URL. */

/** Words of host names that say nothing about whose server it is. */
const idle = new Set(['www', 'mcp', 'api', 'server', 'com', 'org', 'net', 'io', 'dev', 'ai', 'app'])

/** @returns a slug of at most 64 characters, or an empty string where the URL gives none */
export function suggestSlug(url: string): string {
  if (!URL.canParse(url)) return ''
  const { hostname } = new URL(url)
  const isAddress = /^[\d.]+$/.test(hostname) || hostname.startsWith('[')
  const labels = hostname.split('.')
  const telling = labels.filter((label) => !idle.has(label))
  const name = isAddress ? 'local' : (telling.at(-1) ?? labels.at(-1) ?? '')
  return name
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 64)
    .replace(/^-+|-+$/g, '')
}

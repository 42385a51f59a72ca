import { describe, expect, it } from 'vitest'
import { suggestSlug } from './suggest-slug.js'

describe('suggestSlug', () => {
  it.each([
    ['https://mcp.linear.app/sse', 'linear'],
    ['https://api.githubcopilot.com/mcp/', 'githubcopilot'],
    ['http://localhost:3001/mcp', 'localhost'],
    ['http://127.0.0.1:3001/mcp', 'local'],
    ['http://[::1]:3001/mcp', 'local'],
    ['https://Some_Thing.example/mcp', 'example'],
    ['https://-a_b-/mcp', 'a-b'],
  ])('calls %s %s', (url, slug) => {
    expect(suggestSlug(url)).toBe(slug)
  })

  it.each(['', 'https:', 'no url'])('says nothing for %j', (url) => {
    expect(suggestSlug(url)).toBe('')
  })
})

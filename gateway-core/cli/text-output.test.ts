import { describe, expect, it } from 'vitest'
import { describeReport } from './apply.js'
import { checkNode } from './doctor.js'
import { describeError } from './logger.js'
import { describeProfileErrors, nameFor } from './profile-file.js'
import { withoutLineBreak } from './read-input.js'
import { textTable, visible } from './text-table.js'

describe('tables', () => {
  it('align their columns and leave no white space at the end', () => {
    expect(
      textTable(
        ['A', 'LONG'],
        [
          ['value', undefined],
          ['x', 'y'],
        ],
        'none',
      ),
    ).toBe('A      LONG\nvalue\nx      y')
  })

  it('say so where there is nothing', () => {
    expect(textTable(['A'], [], 'No servers.')).toBe('No servers.')
  })

  it('show what would move the cursor or turn the text around', () => {
    expect(visible('a\u001b[2Jb\u202ec\nd')).toBe('a\\u{1b}[2Jb\\u{202e}c\\u{a}d')
  })
})

describe('a report', () => {
  const report = {
    name: 'team',
    changes: [
      { kind: 'server', path: 'mcpServers.a', change: 'added', after: { url: 'http://x' } },
      {
        kind: 'server',
        path: 'mcpServers.b',
        change: 'changed',
        before: { url: 'http://x', enabled: true },
        after: { url: 'http://y', enabled: true },
      },
      { kind: 'server', path: 'mcpServers.c', change: 'removed' },
    ],
    missingSecrets: ['token'],
    pendingApproval: ['files'],
    storedSecrets: ['key'],
    warnings: ['mind this'],
  } as const

  it('says what would change, and what is still to do', () => {
    expect(describeReport({ ...report, changes: [...report.changes] }, true).split('\n')).toEqual([
      'Profile team: 3 would change.',
      '  + mcpServers.a',
      '  ~ mcpServers.b',
      '      url: "http://x" -> "http://y"',
      '  - mcpServers.c',
      'In the clear: key. It goes to the vault.',
      'Missing secret: token. Store it: gatehouse secrets set token',
      'Waits for approval: files. Look at it: gatehouse servers show files; then: gatehouse servers approve files',
      'Warning: mind this',
    ])
  })

  it('says that there is nothing to change', () => {
    const nothing = {
      name: 'team',
      changes: [],
      missingSecrets: [],
      pendingApproval: [],
      storedSecrets: [],
      warnings: [],
    }
    expect(describeReport(nothing, false)).toBe('Profile team: nothing to change.')
  })
})

describe('a profile file', () => {
  it('that is wrong is told line by line, as editors understand it', () => {
    const errors = [
      { path: 'mcpServers.x.url', message: 'expected a URL', line: 7 },
      { path: '', message: 'expected a mapping' },
    ]
    expect(describeProfileErrors('team.yaml', errors)).toBe(
      'team.yaml:7: mcpServers.x.url: expected a URL\nteam.yaml:1: expected a mapping',
    )
  })

  it.each([
    ['/home/ann/Team Profile.yaml', 'team-profile'],
    ['.mcp.json', 'mcp'],
    ['***.json', 'imported'],
    [`${'a'.repeat(80)}.json`, 'a'.repeat(64)],
  ])('%s names a profile that has no name %s', (path, name) => {
    expect(nameFor(path)).toBe(name)
  })
})

it('one trailing line break belongs to no secret', () => {
  expect(['a\n', 'a\r\n', 'a\n\n', 'a', ' a '].map(withoutLineBreak)).toEqual(['a', 'a', 'a\n', 'a', ' a '])
})

it('the log shows no message of an error that may quote its input', () => {
  const failure = new Error('outer planted-value', { cause: new SyntaxError('Unexpected "planted-value"') })
  const described = JSON.stringify(describeError(failure))
  expect(described).toContain('SyntaxError')
  expect(described).not.toContain('planted-value')
})

it('Node is new enough from 20.19 on', () => {
  expect(['18.20.0', '20.18.3', '20.19.0', '22.1.0'].map((version) => checkNode(version).ok)).toEqual([
    false,
    false,
    true,
    true,
  ])
})

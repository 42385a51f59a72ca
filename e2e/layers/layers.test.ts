/** Sees each layering rule fail on a planted violation: a rule that sees nothing passes as quietly as one that holds. */
import { spawnSync } from 'node:child_process'
import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import * as z from 'zod'

const repository = fileURLToPath(new URL('../..', import.meta.url))
const cruiser = join(repository, 'node_modules/dependency-cruiser/bin/dependency-cruise.mjs')
const rulesFile = join(repository, '.dependency-cruiser.cjs')

const rulesSchema = z.object({ forbidden: z.array(z.object({ name: z.string() })) })
const reportSchema = z.object({
  modules: z.array(z.object({ source: z.string() })),
  summary: z.object({
    violations: z.array(z.object({ from: z.string(), rule: z.object({ name: z.string() }) })),
  }),
})

interface Planted {
  readonly rule: string
  readonly file: string
  readonly imports: string
}

const planted: readonly Planted[] = [
  { rule: 'feature-callers-apart', file: 'gateway-core/callers/a.ts', imports: '../servers/target.js' },
  { rule: 'feature-servers-apart', file: 'gateway-core/servers/a.ts', imports: '../credentials/target.js' },
  { rule: 'feature-credentials-apart', file: 'gateway-core/credentials/a.ts', imports: '../oauth/target.js' },
  { rule: 'feature-profiles-apart', file: 'gateway-core/profiles/a.ts', imports: '../agents/target.js' },
  { rule: 'feature-vault-apart', file: 'gateway-core/vault/a.ts', imports: '../inspector/target.js' },
  { rule: 'feature-inspector-apart', file: 'gateway-core/inspector/a.ts', imports: '../vault/target.js' },
  { rule: 'feature-shield-apart', file: 'gateway-core/shield/a.ts', imports: '../profiles/target.js' },
  { rule: 'feature-oauth-apart', file: 'gateway-core/oauth/a.ts', imports: '../vault/target.js' },
  { rule: 'feature-agents-apart', file: 'gateway-core/agents/a.ts', imports: '../profiles/target.js' },
  { rule: 'feature-sign-in-apart', file: 'gateway-core/sign-in/a.ts', imports: '../oauth/target.js' },
  { rule: 'feature-relay-apart', file: 'gateway-core/relay/a.ts', imports: '../servers/target.js' },
  { rule: 'feature-telemetry-apart', file: 'gateway-core/telemetry/a.ts', imports: '../vault/target.js' },
  { rule: 'no-cycles', file: 'gateway-core/pipeline/a.ts', imports: './b.js' },
  { rule: 'contract-at-the-bottom', file: 'gateway-core/contract/a.ts', imports: 'node:fs' },
  { rule: 'credentials-pure', file: 'gateway-core/credentials/b.ts', imports: 'node:crypto' },
  { rule: 'features-below-the-meeting-places', file: 'gateway-core/servers/b.ts', imports: '../pipeline/target.js' },
  { rule: 'registry-beside-the-pipeline', file: 'gateway-core/registry/a.ts', imports: '../pipeline/target.js' },
  { rule: 'pipeline-below-the-ports', file: 'gateway-core/pipeline/c.ts', imports: '../data-port/target.js' },
  {
    rule: 'data-port-apart-from-control-port',
    file: 'gateway-core/data-port/a.ts',
    imports: '../control-port/target.js',
  },
  {
    rule: 'control-port-apart-from-data-port',
    file: 'gateway-core/control-port/a.ts',
    imports: '../data-port/target.js',
  },
  {
    rule: 'vault-implementation-behind-its-interface',
    file: 'gateway-core/pipeline/d.ts',
    imports: '../vault/target.js',
  },
  { rule: 'fastify-in-the-ports', file: 'gateway-core/pipeline/e.ts', imports: 'fastify' },
  { rule: 'sql-in-the-vault', file: 'gateway-core/registry/b.ts', imports: 'better-sqlite3' },
  { rule: 'electron-in-app', file: 'gateway-core/cli/a.ts', imports: 'electron' },
  { rule: 'page-knows-the-contract-only', file: 'renderer/a.ts', imports: '../gateway-core/events.js' },
  { rule: 'page-components-know-no-api', file: 'renderer/components/a.tsx', imports: '../client/target.js' },
  { rule: 'page-features-below-screens', file: 'renderer/features/one/a.ts', imports: '../../shell/target.js' },
  { rule: 'page-screens-apart', file: 'renderer/screens/one/a.tsx', imports: '../two/target.js' },
  { rule: 'page-screens-below-the-shell', file: 'renderer/screens/one/b.ts', imports: '../../shell/target.js' },
  { rule: 'page-client-through-its-door', file: 'renderer/shell/a.ts', imports: '../client/generated/target.js' },
  { rule: 'app-takes-types-only', file: 'app/a.ts', imports: '../gateway-core/index.js' },
  { rule: 'app-through-contract-and-index', file: 'app/b.ts', imports: '../gateway-core/events.js' },
  { rule: 'gateway-stands-alone', file: 'gateway-core/cli/b.ts', imports: '../../app/target.js' },
  { rule: 'no-tests-in-production', file: 'gateway-core/cli/c.ts', imports: './target.test.js' },
  { rule: 'migrations-frozen', file: 'gateway-core/vault/migrations/a.ts', imports: '../target.js' },
  { rule: 'resolvable', file: 'gateway-core/cli/d.ts', imports: './nowhere.js' },
  { rule: 'packages-listed', file: 'gateway-core/cli/e.ts', imports: 'unlisted' },
]

/** Imports that look alike and are meant to be. */
const allowed: readonly Omit<Planted, 'rule'>[] = [
  { file: 'gateway-core/callers/ok.ts', imports: '../registry/registry.js' },
  { file: 'gateway-core/inspector/ok.ts', imports: '../vault/vault.js' },
  { file: 'gateway-core/servers/ok.ts', imports: '../contract/target.js' },
  { file: 'gateway-core/pipeline/ok.ts', imports: '../credentials/target.js' },
  { file: 'gateway-core/control-port/ok.ts', imports: 'fastify' },
  { file: 'gateway-core/vault/ok.ts', imports: 'better-sqlite3' },
  { file: 'app/ok.ts', imports: 'electron' },
  { file: 'renderer/ok.ts', imports: '../gateway-core/contract/target.js' },
  { file: 'renderer/shell/ok.ts', imports: '../screens/two/target.js' },
  { file: 'renderer/screens/one/ok.ts', imports: '../../client/target.js' },
]

const targets = [
  ...['agents', 'contract', 'control-port', 'credentials', 'data-port', 'inspector', 'oauth', 'pipeline', 'profiles'],
  ...['servers', 'vault'],
].map((room) => `gateway-core/${room}/target.ts`)
const pageTargets = ['client', 'client/generated', 'shell', 'screens/two'].map((room) => `renderer/${room}/target.ts`)
const others = ['gateway-core/events.ts', 'gateway-core/index.ts', 'gateway-core/cli/target.test.ts', 'app/target.ts']
const interfaces = ['gateway-core/registry/registry.ts', 'gateway-core/vault/vault.ts']
const packages = ['fastify', 'better-sqlite3', 'electron', 'unlisted']

function plantTree(folder: string): void {
  const write = (file: string, text: string): void => {
    mkdirSync(join(folder, dirname(file)), { recursive: true })
    writeFileSync(join(folder, file), text)
  }
  for (const file of [...targets, ...pageTargets, ...others, ...interfaces]) write(file, 'export const target = 1\n')
  for (const { file, imports } of [...planted, ...allowed])
    write(file, `import '${imports}'\nexport const planted = 1\n`)
  write('gateway-core/pipeline/b.ts', `import './a.js'\n`)
  for (const name of packages) {
    write(`node_modules/${name}/package.json`, JSON.stringify({ name, version: '1.0.0', main: 'index.js' }))
    write(`node_modules/${name}/index.js`, '')
  }
  const listed = packages.filter((name) => name !== 'unlisted').map((name) => [name, '1.0.0'] as const)
  write('package.json', JSON.stringify({ name: 'planted', type: 'module', dependencies: Object.fromEntries(listed) }))
  cpSync(join(repository, 'tsconfig.base.json'), join(folder, 'tsconfig.base.json'))
}

function cruise(folder: string, roots: readonly string[]): z.infer<typeof reportSchema> {
  const args = [cruiser, '--config', rulesFile, '--output-type', 'json', ...roots]
  const { stdout, stderr } = spawnSync(process.execPath, args, {
    cwd: folder,
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
  if (stdout === '') throw new Error(`dependency-cruiser said nothing: ${stderr}`)
  return reportSchema.parse(JSON.parse(stdout))
}

describe('layers', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-layers-'))
  let violations: readonly string[] = []

  beforeAll(() => {
    plantTree(folder)
    violations = cruise(folder, ['gateway-core', 'app', 'renderer']).summary.violations.map(
      ({ rule, from }) => `${rule.name}: ${from}`,
    )
  })
  afterAll(() => rmSync(folder, { recursive: true, force: true }))

  it.each(planted)('$rule refuses $imports in $file', ({ rule, file }) => {
    expect(violations).toContain(`${rule}: ${file}`)
  })

  it.each(allowed)('$file may import $imports', ({ file }) => {
    expect(violations.filter((violation) => violation.endsWith(`: ${file}`))).toEqual([])
  })

  it('plants a violation for every rule there is', () => {
    const rules = rulesSchema.parse(createRequire(import.meta.url)(rulesFile)).forbidden.map(({ name }) => name)
    expect(planted.map(({ rule }) => rule).toSorted()).toEqual(rules.toSorted())
  })

  it('hold in the sources, of which it sees every folder', () => {
    const report = cruise(repository, ['gateway-core', 'app', 'renderer', 'e2e'])
    const ours = report.modules.map(({ source }) => source).filter((source) => !source.includes('node_modules'))
    expect(ours.length).toBeGreaterThan(60)
    const rooms = ['gateway-core/contract/', 'gateway-core/pipeline/', 'app/main/', 'renderer/', 'e2e/']
    const seenIn = (room: string): number => ours.filter((source) => source.startsWith(room)).length
    expect(rooms.filter((room) => seenIn(room) < 2)).toEqual([])
    expect(report.summary.violations).toEqual([])
  })
})

/** Who may import whom. ARCHITECTURE.md draws it; e2e/layers/layers.test.ts sees each rule fail on a planted violation. */

const features = [
  'callers',
  'servers',
  'credentials',
  'profiles',
  'vault',
  'inspector',
  'shield',
  'oauth',
  'agents',
  'relay',
  'telemetry',
  'sign-in',
]
const core = '^gateway-core/'
/** Tests, and what only they use. */
const test = '(\\.test\\.ts|/test/[^/]+\\.ts|/test-vault\\.ts)$'

/** Files that hold a feature's interface and no code of it; whoever needs the feature's shape may import them. */
const interfaces = [
  'vault/vault\\.ts',
  'vault/account-store\\.ts',
  'vault/sign-in-store\\.ts',
  'registry/registry\\.ts',
  'servers/server-session\\.ts',
  'servers/transport\\.ts',
]
const interfaceFiles = `${core}(${interfaces.join('|')})$`

/** What each feature may import of ours beside itself, `contract` and the interfaces: nothing of another feature. */
const featuresApart = features.map((feature) => ({
  name: `feature-${feature}-apart`,
  comment: 'Features do not import each other; they meet in pipeline/, registry/ and the composition roots.',
  severity: 'error',
  from: { path: `${core}${feature}/`, pathNot: test },
  to: { path: `${core}(${features.filter((other) => other !== feature).join('|')})/`, pathNot: interfaceFiles },
}))

/** @type {import('dependency-cruiser').IConfiguration} */
module.exports = {
  forbidden: [
    ...featuresApart,
    {
      name: 'no-cycles',
      comment: 'A cycle has no order in which it can be read. Type-only imports count too.',
      severity: 'error',
      // What is generated is not read in order.
      from: { pathNot: '^renderer/client/generated/' },
      to: { circular: true },
    },
    {
      name: 'contract-at-the-bottom',
      comment: 'contract/ is shared with the page: it imports nothing of ours, nothing of Node, and zod only.',
      severity: 'error',
      from: { path: `${core}contract/`, pathNot: test },
      to: { pathNot: [`${core}contract/`, '^node_modules/zod/'] },
    },
    {
      name: 'credentials-pure',
      comment: 'credentials/ decides what goes out without doing anything: contract/ only, no Node, no package.',
      severity: 'error',
      from: { path: `${core}credentials/`, pathNot: test },
      to: { pathNot: [`${core}(contract|credentials)/`] },
    },
    {
      name: 'features-below-the-meeting-places',
      comment: 'A feature does not know who uses it. The interface of the registry may be imported.',
      severity: 'error',
      from: { path: `${core}(${features.join('|')})/`, pathNot: test },
      to: {
        path: `${core}(pipeline|registry|data-port|control-port|cli)/|${core}(create-gateway|assemble-pipeline|vault-worker|index)\\.ts$`,
        pathNot: interfaceFiles,
      },
    },
    {
      name: 'registry-beside-the-pipeline',
      comment: 'The registry compiles what is configured: profiles, plans and the vault’s interface, not its file.',
      severity: 'error',
      from: { path: `${core}registry/`, pathNot: test },
      to: {
        path: `${core}(callers|servers|vault|inspector|shield|oauth|agents|pipeline|data-port|control-port|cli)/`,
        pathNot: [interfaceFiles, `${core}callers/key-hash\\.ts$`],
      },
    },
    {
      name: 'pipeline-below-the-ports',
      comment: 'The stages run without a listener.',
      severity: 'error',
      from: { path: `${core}pipeline/`, pathNot: test },
      to: { path: `${core}(data-port|control-port|cli)/|${core}(create-gateway|assemble-pipeline)\\.ts$` },
    },
    {
      name: 'data-port-apart-from-control-port',
      comment: 'What an agent can reach can never reach the control API.',
      severity: 'error',
      from: { path: `${core}data-port/`, pathNot: test },
      to: { path: `${core}(control-port|cli)/` },
    },
    {
      name: 'control-port-apart-from-data-port',
      comment: 'What an agent can reach can never reach the control API.',
      severity: 'error',
      from: { path: `${core}control-port/`, pathNot: test },
      to: { path: `${core}(data-port|cli)/` },
    },
    {
      name: 'vault-implementation-behind-its-interface',
      comment: 'Only the composition roots make a vault, or start its thread; everyone else is given one.',
      severity: 'error',
      from: { path: core, pathNot: [`${core}vault/`, `${core}(create-gateway|vault-worker|cli/serve)\\.ts$`, test] },
      to: { path: `${core}vault/`, pathNot: interfaceFiles },
    },
    {
      name: 'fastify-in-the-ports',
      comment: 'Only the two listeners know the web framework.',
      severity: 'error',
      from: { pathNot: `${core}(data-port|control-port)/` },
      to: { path: '^node_modules/(fastify|@fastify)/' },
    },
    {
      name: 'sql-in-the-vault',
      comment: 'SQL and its file stay behind the vault’s interface, so that another database can stand there.',
      severity: 'error',
      from: { pathNot: `${core}vault/` },
      to: { path: '^node_modules/better-sqlite3' },
    },
    {
      name: 'electron-in-app',
      comment: 'The gateway runs without Electron; only app/ knows it.',
      severity: 'error',
      from: { pathNot: '^app/' },
      to: { path: '^node_modules/electron/' },
    },
    {
      name: 'page-knows-the-contract-only',
      comment: 'The page runs in a browser and speaks the control API.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: ['^renderer/setup/', test] },
      to: { path: ['^(gateway-core|app|e2e)/'], pathNot: `${core}contract/` },
    },
    {
      name: 'page-components-know-no-api',
      comment: 'The kit shows what it is given; it knows neither the control API nor who uses it.',
      severity: 'error',
      from: { path: '^renderer/components/', pathNot: test },
      to: { path: '^renderer/(client|features|screens|shell)/' },
    },
    {
      name: 'page-features-below-screens',
      comment: 'A feature is shared by screens and does not know them, nor the frame around them.',
      severity: 'error',
      from: { path: '^renderer/(features|client|commands|strings|theme|state)/', pathNot: test },
      to: { path: '^renderer/(screens|shell)/' },
    },
    {
      name: 'page-screens-apart',
      comment: 'Screens do not import each other; what two need is a feature.',
      severity: 'error',
      from: { path: '^renderer/screens/([^/]+)/', pathNot: test },
      to: { path: '^renderer/screens/', pathNot: '^renderer/screens/$1/' },
    },
    {
      name: 'page-screens-below-the-shell',
      comment: 'The frame knows the screens; they know their address and commands, not the frame.',
      severity: 'error',
      from: { path: '^renderer/screens/', pathNot: test },
      to: { path: '^renderer/shell/' },
    },
    {
      name: 'page-client-through-its-door',
      comment: 'What is generated from the OpenAPI document is imported through client/api.ts only.',
      severity: 'error',
      from: { path: '^renderer/', pathNot: ['^renderer/client/', test] },
      to: { path: '^renderer/client/generated/' },
    },
    {
      name: 'app-takes-types-only',
      comment: 'The app starts the gateway as a process of its own; of its code it may know types, and the contract.',
      severity: 'error',
      from: { path: '^app/' },
      to: { path: `${core}|^renderer/|^e2e/`, pathNot: `${core}contract/`, dependencyTypesNot: ['type-only'] },
    },
    {
      name: 'app-through-contract-and-index',
      comment: 'What the app may know of the gateway is in contract/ and index.ts.',
      severity: 'error',
      from: { path: '^app/' },
      to: { path: core, pathNot: [`${core}contract/`, `${core}index\\.ts$`] },
    },
    {
      name: 'gateway-stands-alone',
      comment: 'The gateway knows neither the app, nor the page, nor the tests.',
      severity: 'error',
      from: { path: core, pathNot: test },
      to: { path: '^(app|renderer|e2e)/' },
    },
    {
      name: 'no-tests-in-production',
      comment: 'Production code never imports a test or what only tests use.',
      severity: 'error',
      from: { pathNot: [test, '^e2e/'] },
      to: { path: ['\\.test\\.ts$', '^e2e/', '^node_modules/vitest/'] },
    },
    {
      name: 'migrations-frozen',
      comment: 'A migration means the same for ever: it imports nothing of ours that could change.',
      severity: 'error',
      from: { path: `${core}vault/migrations/`, pathNot: test },
      to: { path: '^(gateway-core|app|renderer|e2e)/', pathNot: `${core}vault/migrations/migration\\.ts$` },
    },
    {
      name: 'resolvable',
      comment: 'An import that cannot be resolved is one that no rule can judge.',
      severity: 'error',
      from: {},
      to: { couldNotResolve: true },
    },
    {
      name: 'packages-listed',
      comment: 'A package that is imported is in package.json, and one that ships is among its dependencies.',
      severity: 'error',
      from: { path: core, pathNot: [`${core}setup/`, test] },
      to: { dependencyTypes: ['npm-dev', 'npm-no-pkg', 'npm-unknown'] },
    },
  ],
  options: {
    doNotFollow: { path: 'node_modules' },
    tsPreCompilationDeps: true,
    tsConfig: { fileName: 'tsconfig.base.json' },
    enhancedResolveOptions: { exportsFields: ['exports'], conditionNames: ['import', 'types', 'node', 'default'] },
  },
}

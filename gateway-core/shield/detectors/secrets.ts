/** Secrets by their shape: a well-kept set of rules, and rules for what it misses. */
import type { lintSource } from '@secretlint/core'

const extraRules: readonly (readonly [kind: string, pattern: RegExp])[] = [
  ['private-key', /-----BEGIN (?:[A-Z0-9]{2,16} ){0,3}PRIVATE KEY-----/],
  ['stripe', /\b[sr]k_(?:live|test)_[A-Za-z0-9]{16,247}\b/],
  ['jwt', /\beyJ[A-Za-z0-9_-]{8,2048}\.eyJ[A-Za-z0-9_-]{8,4096}\.[A-Za-z0-9_-]{16,2048}/],
  ['bearer', /\bbearer +[A-Za-z0-9._~+/-]{16,4096}=*/i],
  ['google', /\bAIza[0-9A-Za-z_-]{35}\b/],
  ['url-password', /\b[a-z][a-z0-9+.-]{1,16}:\/\/[^\s:/@]{1,128}:[^\s:/@]{3,256}@[^\s/]/i],
  [
    'password',
    /\b(?:password|passwd|passphrase|client_secret|api_?key|secret_?key)["']?\s{0,4}[=:]\s{0,4}["']?[^\s"',;]{6,256}/i,
  ],
  ['gatehouse', /\b(?:gh|hf)_sk_[A-Za-z0-9_-]{16,256}\b/],
]

type LintConfig = Parameters<typeof lintSource>[0]['options']['config']
type Lint = (text: string) => Promise<readonly string[]>

let lint: Promise<Lint> | undefined

async function loadLint(): Promise<Lint> {
  const [secretlint, { creator }] = await Promise.all([
    import('@secretlint/core'),
    import('@secretlint/secretlint-rule-preset-recommend'),
  ])
  const config = {
    rules: [
      {
        id: '@secretlint/secretlint-rule-preset-recommend',
        rule: creator,
        options: {},
        // Without it an access key's id is not looked for.
        rules: [{ id: '@secretlint/secretlint-rule-aws', options: { enableIDScanRule: true } }],
      },
    ],
  } as LintConfig
  return async (content) => {
    const source = { content, filePath: '/message.txt', ext: '.txt', contentType: 'text' } as const
    const { messages } = await secretlint.lintSource({
      source,
      options: { noPhysicFilePath: true, maskSecrets: true, config },
    })
    return messages.map(({ ruleId }) => ruleId.replace(/^.*secretlint-rule-/, ''))
  }
}

/** @returns kinds, such as `github` and `private-key` */
export async function findSecrets(text: string): Promise<readonly string[]> {
  lint ??= loadLint()
  const found = new Set(await (await lint)(text))
  for (const [kind, pattern] of extraRules) if (pattern.test(text)) found.add(kind)
  return [...found]
}

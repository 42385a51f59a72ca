/**
 * Credentials that are known by their form, though neither the vault nor a caller's request says so: keys and tokens of
 * common vendors, signed tokens, private keys.
 */
import { maskValue } from '../contract/mask-value.js'

/** What they begin with; nothing without one of these is looked at further. */
export const tokenBeginnings: readonly string[] = [
  'gh_sk_',
  'hf_sk_',
  'github_pat_',
  'glpat-',
  'sk-ant-',
  'sk-proj-',
  'sk_live_',
  'sk_test_',
  'rk_live_',
  'AIzaSy',
  'eyJhbG',
  'eyJ0eX',
  'eyJraW',
  'eyJjdH',
  'PRIVATE KEY-----',
]

/** Those that are too short for a search of many at once. */
export const shortBeginnings: readonly string[] = [
  'ghp_',
  'gho_',
  'ghs_',
  'ghu_',
  'ghr_',
  'xoxb-',
  'xoxp-',
  'AKIA',
  'npm_',
]

const tokenPattern = new RegExp(
  [
    '(?:gh|hf)_sk_[A-Za-z0-9_-]+',
    'gh[pousr]_[A-Za-z0-9]{20,255}',
    'github_pat_[A-Za-z0-9_]{20,255}',
    'glpat-[A-Za-z0-9_-]{16,}',
    'xox[bp]-[A-Za-z0-9-]{10,}',
    'sk-(?:ant|proj)-[A-Za-z0-9_-]{16,}',
    '[sr]k_(?:live|test)_[A-Za-z0-9]{16,}',
    'AKIA[0-9A-Z]{16}',
    'AIzaSy[A-Za-z0-9_-]{30,}',
    'npm_[A-Za-z0-9]{30,}',
    // RFC 7515 and 7516, compact: of a token that was cut off the beginning is enough.
    'eyJ[A-Za-z0-9_-]{8,}\\.[A-Za-z0-9_-]*(?:\\.[A-Za-z0-9_-]*){0,3}',
    '-----BEGIN [A-Z ]*PRIVATE KEY-----[^"]*?(?:-----END [A-Z ]*PRIVATE KEY-----|(?=")|$)',
  ].join('|'),
  'g',
)

export function maskTokens(text: string): string {
  return text.replace(tokenPattern, (token) => maskValue(token))
}

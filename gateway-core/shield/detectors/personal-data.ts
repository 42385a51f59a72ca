/** Personal data by its shape, with its check digits where it has any. Every pattern is bounded. */

type Check = (match: string) => boolean

const always: Check = () => true

const rules: readonly (readonly [kind: string, pattern: RegExp, check: Check])[] = [
  ['email', /[A-Za-z0-9._%+-]{1,64}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}/g, always],
  ['phone', /\+[1-9](?:[ ().-]{0,2}\d){7,14}(?!\d)/g, always],
  ['credit-card', /(?<![\d.])\d(?:[ -]?\d){12,18}(?![\d.])/g, passesLuhn],
  ['iban', /\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?\b/g, passesMod97],
  ['us-ssn', /(?<![\d-])(?!000|666|9)\d{3}-(?!00)\d{2}-(?!0000)\d{4}(?![\d-])/g, always],
  ['uk-nino', /\b(?![DFIQUV])[A-Z](?![DFIQUVO])[A-Z] ?\d{2} ?\d{2} ?\d{2} ?[A-D]\b/g, always],
  ['ip-address', /(?<![\d.])(?:\d{1,3}\.){3}\d{1,3}(?![\d.])/g, isPublicAddress],
  ['bitcoin', /\bbc1[02-9ac-hj-np-z]{39,59}\b/g, always],
]

const maxMatches = 1000

/** @returns kinds, such as `email` and `credit-card` */
export function findPersonalData(text: string): readonly string[] {
  return rules.flatMap(([kind, pattern, check]) => (matchesAny(text, pattern, check) ? [kind] : []))
}

function matchesAny(text: string, pattern: RegExp, check: Check): boolean {
  let count = 0
  for (const [match] of text.matchAll(pattern)) {
    if (check(match)) return true
    if (++count >= maxMatches) return false
  }
  return false
}

/** ISO/IEC 7812-1, annex B. */
function passesLuhn(match: string): boolean {
  const digits = match.replace(/\D/g, '')
  if (/^0+$/.test(digits)) return false
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const digit = Number(digits[digits.length - 1 - i])
    const doubled = i % 2 === 1 ? digit * 2 : digit
    sum += doubled > 9 ? doubled - 9 : doubled
  }
  return sum % 10 === 0
}

/** ISO 13616-1. */
function passesMod97(match: string): boolean {
  const iban = match.replaceAll(' ', '')
  if (iban.length < 15 || iban.length > 34) return false
  let rest = 0
  for (const character of iban.slice(4) + iban.slice(0, 4))
    for (const digit of String(Number.parseInt(character, 36))) rest = (rest * 10 + Number(digit)) % 97
  return rest === 1
}

function isPublicAddress(match: string): boolean {
  const parts = match.split('.').map(Number)
  if (parts.some((part) => part > 255)) return false
  const [a = 0, b = 0] = parts
  const isPrivate = a === 0 || a === 10 || a === 127 || a >= 224 || (a === 172 && b >= 16 && b < 32)
  return !isPrivate && !(a === 192 && b === 168) && !(a === 169 && b === 254)
}

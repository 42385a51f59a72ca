/**
 * Marks of text that was written to steer an agent. Heuristics: text without a mark may steer all the same, and a mark may
 * be harmless.
 */

/** Made of text, as a pattern must not hold control characters. */
const ansiSequence = new RegExp(String.raw`${String.fromCharCode(0x1b)}\[|${String.fromCharCode(0x9b)}`)

const marks: readonly (readonly [kind: string, pattern: RegExp])[] = [
  // Characters that are not seen: zero-width ones in a row or between letters, tags, variation selectors in a row.
  [
    'hidden-text',
    /[\u{E0000}-\u{E007F}]|[\u200B\u2060-\u2064\u180E\uFEFF]{2}|\p{L}[\u200B\u2060-\u2064]\p{L}|[\uFE00-\uFE0F\u{E0100}-\u{E01EF}]{3}/u,
  ],
  ['bidi', /[\u202A-\u202E\u2066-\u2069]/],
  ['ansi', ansiSequence],
  [
    'instructions',
    /\b(?:ignore|disregard|forget|override)\b.{0,40}\b(?:previous|prior|above|earlier|all|your)\b.{0,40}\b(?:instruction|prompt|rule|direction)s?\b/i,
  ],
  [
    'instructions',
    /\b(?:do not|don['’]t|never)\b.{0,20}\b(?:tell|inform|mention|reveal|show)\b.{0,40}\b(?:user|human|person|operator)\b/i,
  ],
  ['instructions', /\byou (?:are now|must now|must first)\b.{0,80}\b(?:assistant|agent|mode|tool|read|send|call)\b/i],
  [
    'role-markup',
    /<\/?(?:system|important|assistant|instructions?|secret)>|<\|(?:im_start|im_end|system|endoftext)\|>|\[\/?INST\]/i,
  ],
  [
    'exfiltration',
    /\b(?:send|post|upload|forward|exfiltrate)\b.{0,60}\b(?:api[ _-]?keys?|credentials?|passwords?|tokens?|secrets?|\.env|id_rsa)\b/i,
  ],
]

/** @returns kinds, such as `hidden-text` and `instructions` */
export function findInjectionMarks(text: string): readonly string[] {
  return [...new Set(marks.flatMap(([kind, pattern]) => (pattern.test(text) ? [kind] : [])))]
}

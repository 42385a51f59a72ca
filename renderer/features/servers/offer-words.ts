import type { CountOffersResponse } from '../../client/api.js'
import { t } from '../../strings/i18n.js'

/** How many of each come first, in words, then what cannot be counted, by the names of the protocol. */
export function offerWords(
  capabilities: readonly string[],
  counted: CountOffersResponse | undefined,
): readonly string[] {
  const counts = (['tools', 'resources', 'resourceTemplates', 'prompts'] as const).flatMap((kind) => {
    const count = counted?.[kind]
    return count === undefined ? [] : [{ kind, words: t(`detail.overview.offer.${kind}`, { count }) }]
  })
  const kinds = new Set<string>(counts.map(({ kind }) => kind))
  return [...counts.map(({ words }) => words), ...capabilities.filter((name) => !kinds.has(name))]
}

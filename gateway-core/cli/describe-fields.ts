/** One thing as text for people, field by field. */
import { stringify } from 'yaml'
import { visible } from './text-table.js'

/** As YAML, with control characters made visible. */
export function describeFields(thing: object): string {
  return stringify(thing, { lineWidth: 0 }).trimEnd().split('\n').map(visible).join('\n')
}

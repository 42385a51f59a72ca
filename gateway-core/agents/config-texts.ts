/** The formats of agents' configuration, by name. */
import type { ConfigFormat } from './agent-files.js'
import type { ConfigText } from './config-text.js'
import { jsonText } from './edit-json.js'
import { tomlText } from './edit-toml.js'
import { yamlText } from './edit-yaml.js'

export const configTexts: Readonly<Record<ConfigFormat, ConfigText>> = {
  json: jsonText,
  yaml: yamlText,
  toml: tomlText,
}

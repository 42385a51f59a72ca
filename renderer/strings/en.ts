/** English, which the keys of every other language follow. One file per part of the page. */
import { agentConfigs } from './en/agent-configs.js'
import { agents } from './en/agents.js'
import { commands } from './en/commands.js'
import { errors } from './en/errors.js'
import { firstRun } from './en/first-run.js'
import { home } from './en/home.js'
import { inspector } from './en/inspector.js'
import { kit } from './en/kit.js'
import { profiles } from './en/profiles.js'
import { detail } from './en/server-detail.js'
import { servers } from './en/servers.js'
import { settings } from './en/settings.js'
import { setup } from './en/setup.js'
import { shell } from './en/shell.js'
import { shield } from './en/shield.js'
import { vault } from './en/vault.js'

export const en = {
  commands,
  detail,
  errors,
  firstRun,
  home,
  inspector,
  kit,
  servers,
  settings,
  setup,
  shell,
  shield,
  agents,
  agentConfigs,
  profiles,
  vault,
} as const

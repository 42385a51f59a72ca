/** English, which the keys of every other language follow. One file per part of the page. */
import { agents } from './en/agents.js'
import { commands } from './en/commands.js'
import { errors } from './en/errors.js'
import { home } from './en/home.js'
import { kit } from './en/kit.js'
import { profiles } from './en/profiles.js'
import { servers } from './en/servers.js'
import { shell } from './en/shell.js'
import { vault } from './en/vault.js'

export const en = { agents, commands, errors, home, kit, profiles, servers, shell, vault } as const

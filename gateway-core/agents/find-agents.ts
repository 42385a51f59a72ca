/** Which agents are on this machine. Looks at names, sizes and times; opens nothing, as what is in a file is its owner's. */
import type { Stats } from 'node:fs'
import { stat } from 'node:fs/promises'
import type { AgentApp } from '../contract/agent-entry.js'
import { agentFile, agentFiles, type AgentFile } from './agent-files.js'
import type { Machine } from './machine.js'

export interface FoundFile {
  readonly sizeBytes: number
  /** Epoch milliseconds. */
  readonly modifiedMs: number
}

export interface FoundAgent extends AgentFile {
  /** The one that exists, or the one to make. */
  readonly path: string
  /** Undefined where there is none yet. */
  readonly file: FoundFile | undefined
}

/** Agents with a configuration, or a folder for it. */
export async function findAgents(machine: Machine): Promise<readonly FoundAgent[]> {
  const looked = await Promise.all(agentFiles.map((known) => look(known, machine)))
  return looked.filter((found) => found !== undefined)
}

/** The file of one agent, whether the agent is there or not. */
export async function findAgent(app: AgentApp, machine: Machine): Promise<FoundAgent> {
  const known = agentFile(app)
  return (await look(known, machine)) ?? { ...known, path: known.paths(machine)[0], file: undefined }
}

async function look(known: AgentFile, machine: Machine): Promise<FoundAgent | undefined> {
  const [first, ...others] = known.paths(machine)
  for (const path of [first, ...others]) {
    const found = await statOf(path)
    if (found !== undefined && !found.isDirectory())
      return { ...known, path, file: { sizeBytes: found.size, modifiedMs: Math.round(found.mtimeMs) } }
  }
  for (const folder of known.folders(machine))
    if ((await statOf(folder))?.isDirectory() === true) return { ...known, path: first, file: undefined }
  return undefined
}

/** Undefined where there is nothing, or nothing that may be looked at. */
async function statOf(path: string): Promise<Stats | undefined> {
  return stat(path).catch(() => undefined)
}

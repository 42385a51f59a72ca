/**
 * Every tool's definition is kept as it was first seen. One that is changed later, or added, is held: it is left out of
 * lists and cannot be called until a person approves what is different. A tool that is gone is no change.
 */
import { randomUUID } from 'node:crypto'
import { isRecord, type Params } from '../contract/json-rpc.js'
import type { HeldDefinition, StoredToolPin, ToolPinStore } from '../vault/vault.js'
import { counted, diffDefinitions, hashDefinition, type DefinitionChange } from './tool-definition.js'

const maxToolsOfServer = 5000
const maxApproved = 32
const maxDefinitionLength = 64 * 1024
const maxOpenCursors = 1000

/** A tool that waits for a person, or that one has refused. */
export interface ToolApproval {
  readonly kind: 'tool'
  readonly id: string
  readonly server: string
  readonly tool: string
  readonly change: 'added' | 'changed'
  readonly diff: readonly DefinitionChange[]
  /** RFC 3339. */
  readonly createdAt: string
  readonly status: HeldDefinition['status']
}

/** One page of a list. */
export interface ListPage {
  readonly tools: readonly unknown[]
  /** The cursor that it was asked with. */
  readonly cursor: string | undefined
  readonly nextCursor: string | undefined
}

export interface ToolPins {
  /** Reads what the vault holds. */
  load(): Promise<void>
  /**
   * Notes a page. The first list of a server, to its end, is trusted. What is written has been written when it resolves.
   *
   * @returns the tools that may be shown; the same array where that is all of them
   */
  see(server: string, page: ListPage): Promise<readonly unknown[]>
  /** Why a tool may not be called; undefined where it may. */
  held(server: string, tool: string): HeldDefinition | undefined
  list(): readonly ToolApproval[]
  /** @returns the server; undefined where nothing of this id waits */
  decide(id: string, decision: 'allow' | 'deny'): Promise<string | undefined>
  /** Forgets a server: what it lists next is trusted. */
  forget(server: string): Promise<void>
  forgetAll(): void
}

export function createToolPins(store: ToolPinStore, changed: (approval: ToolApproval) => void): ToolPins {
  return new KeptToolPins(store, changed)
}

class KeptToolPins implements ToolPins {
  private readonly servers = new Map<string, Map<string, StoredToolPin>>()
  /** Cursors that pages of a first list ended with. */
  private readonly openCursors = new Set<string>()
  private loading: Promise<void> = Promise.resolve()

  constructor(
    private readonly store: ToolPinStore,
    private readonly changed: (approval: ToolApproval) => void,
  ) {}

  load(): Promise<void> {
    this.loading = this.store.list().then((pins) => {
      this.servers.clear()
      for (const pin of pins) this.keep(pin)
    })
    return this.loading
  }

  async see(server: string, page: ListPage): Promise<readonly unknown[]> {
    await this.loading
    const { tools } = page
    const written = this.notePage(server, page)
    if (written.length > 0) await this.store.put(written)
    for (const pin of written) if (pin.held !== undefined) this.changed(approvalOf(pin, pin.held))
    const known = this.servers.get(server)
    const isShown = (tool: unknown): boolean => {
      const name = isRecord(tool) ? tool['name'] : undefined
      if (typeof name !== 'string') return true
      const pin = known?.get(name)
      return pin !== undefined && pin.held === undefined
    }
    return tools.every(isShown) ? tools : tools.filter(isShown)
  }

  held(server: string, tool: string): HeldDefinition | undefined {
    return this.servers.get(server)?.get(tool)?.held
  }

  list(): readonly ToolApproval[] {
    return this.all().flatMap((pin) => (pin.held === undefined ? [] : [approvalOf(pin, pin.held)]))
  }

  async decide(id: string, decision: 'allow' | 'deny'): Promise<string | undefined> {
    const pin = this.all().find(({ held }) => held?.id === id)
    if (pin?.held === undefined) return undefined
    const decided = decision === 'allow' ? approved(pin, pin.held) : { ...pin, held: denied(pin.held) }
    await this.store.put([decided])
    // What was seen of the tool meanwhile waits for a decision of its own.
    if (this.servers.get(pin.server)?.get(pin.tool)?.held?.id === id) this.keep(decided)
    return pin.server
  }

  async forget(server: string): Promise<void> {
    if (this.servers.delete(server)) await this.store.remove(server)
  }

  forgetAll(): void {
    this.servers.clear()
    this.openCursors.clear()
  }

  /** In memory at once, so that two lists at the same time are not both the first. @returns what is to be stored */
  private notePage(server: string, { tools, cursor, nextCursor }: ListPage): readonly StoredToolPin[] {
    const trusted = this.isTrusted(server, cursor)
    if (trusted && nextCursor !== undefined && this.openCursors.size < maxOpenCursors)
      this.openCursors.add(`${server} ${nextCursor}`)
    const written = new Map<string, StoredToolPin>()
    for (const tool of tools) {
      if (!isRecord(tool) || typeof tool['name'] !== 'string') continue
      const known = this.servers.get(server)
      const before = known?.get(tool['name'])
      // Beyond the bound a tool is not known, and so not shown.
      if (before === undefined && (known?.size ?? 0) >= maxToolsOfServer) continue
      const after = nextPin(server, tool, before, trusted)
      if (after === before) continue
      this.keep(after)
      written.set(after.tool, after)
    }
    return [...written.values()]
  }

  private isTrusted(server: string, cursor: string | undefined): boolean {
    if (cursor !== undefined) return this.openCursors.delete(`${server} ${cursor}`)
    return !this.servers.has(server)
  }

  private keep(pin: StoredToolPin): void {
    const tools = this.servers.get(pin.server) ?? new Map<string, StoredToolPin>()
    this.servers.set(pin.server, tools)
    tools.set(pin.tool, pin)
  }

  private all(): readonly StoredToolPin[] {
    return [...this.servers.values()].flatMap((tools) => [...tools.values()])
  }
}

function denied(held: HeldDefinition): HeldDefinition {
  return { ...held, status: 'denied' }
}

function approved(
  { server, tool, approved: before }: StoredToolPin,
  { hash, definition }: HeldDefinition,
): StoredToolPin {
  return { server, tool, approved: [...before, hash].slice(-maxApproved), definition }
}

/** The same object where nothing is to be noted. */
function nextPin(server: string, tool: Params, before: StoredToolPin | undefined, trusted: boolean): StoredToolPin {
  const name = String(tool['name'])
  const hash = hashDefinition(tool)
  const definition = keptDefinition(tool)
  if (before?.approved.includes(hash) === true) {
    if (before.held === undefined) return before
    const { held: _gone, ...rest } = before
    return rest
  }
  if (trusted)
    return {
      server,
      tool: name,
      approved: [...(before?.approved ?? []), hash].slice(-maxApproved),
      definition,
    }
  if (before?.held?.hash === hash) return before
  const held: HeldDefinition = {
    id: randomUUID(),
    hash,
    definition,
    seenAt: new Date().toISOString(),
    status: 'pending',
  }
  return before === undefined ? { server, tool: name, approved: [], definition: null, held } : { ...before, held }
}

function keptDefinition(tool: Params): Params | null {
  const definition = counted(tool)
  return JSON.stringify(definition).length > maxDefinitionLength ? null : definition
}

function approvalOf({ server, tool, approved: hashes, definition }: StoredToolPin, held: HeldDefinition): ToolApproval {
  return {
    kind: 'tool',
    id: held.id,
    server,
    tool,
    change: hashes.length === 0 ? 'added' : 'changed',
    diff: diffDefinitions(definition, held.definition),
    createdAt: held.seenAt,
    status: held.status,
  }
}

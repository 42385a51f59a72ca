/** What the tray, the menus and the notifications know of the gateway, from its control API and its events. */
import * as z from 'zod'

export interface Denial {
  readonly id: string
  readonly server: string
  readonly tool: string | undefined
  readonly atMs: number
}

export interface GatewayState {
  readonly phase: 'starting' | 'running' | 'stopped'
  readonly vault: 'unlocked' | 'locked' | 'uninitialized'
  readonly paused: boolean
  /** What agents call; undefined while nothing listens. */
  readonly dataUrl: string | undefined
  /** Slugs of servers whose user has to sign in, by name. */
  readonly signInNeeded: readonly string[]
  readonly lastDenial: Denial | undefined
}

export const startingState: GatewayState = {
  phase: 'starting',
  vault: 'locked',
  paused: false,
  dataUrl: undefined,
  signInNeeded: [],
  lastDenial: undefined,
}

const vaultSchema = z.enum(['unlocked', 'locked', 'uninitialized'])
const statusSchema = z.object({
  vault: vaultSchema,
  paused: z.boolean().optional(),
  dataUrl: z.string().optional(),
})
const serverSchema = z.object({ slug: z.string(), state: z.object({ status: z.string() }) })
const exchangeSchema = z.object({
  id: z.string(),
  server: z.string().nullable(),
  tool: z.string().nullable(),
  verdict: z.object({ decision: z.string() }),
})
const serverListSchema = z.object({ items: z.array(serverSchema) })

/** The state after an event of `/events`. Events of other kinds, or of another shape, change nothing. */
export function afterEvent(state: GatewayState, event: string, data: unknown, nowMs: number): GatewayState {
  if (event === 'status') {
    const status = statusSchema.safeParse(data).data
    if (status === undefined) return state
    const { vault, paused = state.paused, dataUrl = state.dataUrl } = status
    return { ...state, phase: 'running', vault, paused, dataUrl }
  }
  if (event === 'server') {
    const server = serverSchema.safeParse(data).data
    return server === undefined ? state : { ...state, signInNeeded: withServer(state.signInNeeded, server) }
  }
  if (event === 'exchange') {
    const exchange = exchangeSchema.safeParse(data).data
    return exchange === undefined ? state : { ...state, lastDenial: denialIn(exchange, nowMs) ?? state.lastDenial }
  }
  return state
}

/** The state after all servers were listed. */
export function afterServerList(state: GatewayState, list: unknown): GatewayState {
  const { items } = serverListSchema.parse(list)
  const waiting = items.filter((server) => server.state.status === 'sign_in_needed').map(({ slug }) => slug)
  return { ...state, signInNeeded: waiting.sort() }
}

function withServer(slugs: readonly string[], { slug, state }: z.infer<typeof serverSchema>): readonly string[] {
  const others = slugs.filter((other) => other !== slug)
  return state.status === 'sign_in_needed' ? [...others, slug].sort() : others
}

function denialIn({ id, server, tool, verdict }: z.infer<typeof exchangeSchema>, atMs: number): Denial | undefined {
  if (verdict.decision !== 'deny') return undefined
  return { id, server: server ?? 'all servers', tool: tool ?? undefined, atMs }
}

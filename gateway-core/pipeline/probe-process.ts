/** Steps of a probe of a server over stdio: `command`, `start`, `era`, `tools`. */
import { GatewayError } from '../contract/errors.js'
import type { RegisteredServer } from '../registry/registry.js'
import type { SessionTarget } from '../servers/server-sessions.js'
import type { OpenedSession } from '../servers/session/open-session.js'
import type { OwnRequest } from './own-request.js'
import type { PipelinePorts } from './ports.js'
import { findCommand } from './probe-command.js'
import { describeAbout, listTools, openProbeSession } from './probe-session.js'
import { describeFailure, type ProbeSteps } from './probe-steps.js'
import { sessionTarget } from './relay-to-server.js'

/** From its start to its first answer, which packages that are fetched first need. */
const startMs = 15_000

/** A process that runs is asked itself; otherwise one is started for the time of the probe. */
export async function probeProcess(
  server: RegisteredServer,
  prepared: OwnRequest | GatewayError,
  ports: PipelinePorts,
  steps: ProbeSteps,
): Promise<void> {
  const { slug, resolved } = server
  if (prepared instanceof GatewayError) {
    steps.add('command', { ok: false, detail: describeFailure(prepared) }, 0)
    return
  }
  const target = sessionTarget(prepared.request, ports)
  const running = ports.serverSessions.current(slug, target.callerId)
  const { command = '', cwd, env } = resolved.config
  const path = env?.['PATH']
  const found = await steps.run('command', async () => {
    const program = await findCommand({ command, cwd, path: typeof path === 'string' ? path : undefined })
    if (program !== undefined) return { detail: `${command} is ${program}.`, value: program }
    return {
      ok: false,
      detail: `${command} is no program that was found on the search path of your login shell. Install it, or give its full path.`,
    }
  })
  if (running !== undefined) {
    steps.add('start', { detail: 'It runs already.' }, 0)
    steps.add('era', { detail: describeAbout(running.about) }, 0)
    await steps.run('tools', (signal) => listTools(running, target.outbound, signal))
    return
  }
  if (found === undefined) {
    ports.states.failed(slug, 'server_unreachable', steps.steps.at(-1)?.detail ?? '')
    return
  }
  const session = await startForProbe(target, ports, steps)
  if (session === undefined) return
  try {
    await steps.run('tools', (signal) => listTools(session, target.outbound, signal))
  } finally {
    await session.close()
  }
}

/** Steps `start` and `era`: a process that ends before it has answered did not start well. */
async function startForProbe(
  target: SessionTarget,
  ports: PipelinePorts,
  steps: ProbeSteps,
): Promise<OpenedSession | undefined> {
  const beginMs = performance.now()
  let startedMs = beginMs
  let runs = false
  let failure: unknown
  const events = {
    started: () => {
      runs = true
      startedMs = performance.now()
    },
    ended: () => void (runs = false),
  }
  const session = await steps.run(
    'start',
    async (signal) => {
      try {
        const values = await target.commandValues()
        steps.mask(values.secrets)
        const value = await openProbeSession({ ...target, values }, signal, events)
        return { detail: 'Its process starts.', value }
      } catch (error) {
        if (error instanceof GatewayError) ports.states.failed(target.slug, error.code, error.message)
        if (!runs) throw error
        failure = error
        return { detail: 'Its process starts.' }
      }
    },
    startMs,
  )
  const eraMs = performance.now() - startedMs
  if (session !== undefined) {
    ports.serverSessions.noteAbout(target.slug, session.about)
    steps.add('era', { detail: describeAbout(session.about) }, eraMs)
  } else if (failure !== undefined) steps.add('era', { ok: false, detail: describeFailure(failure) }, eraMs)
  return session
}

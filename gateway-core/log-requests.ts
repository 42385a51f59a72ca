/**
 * Part of the composition root: who asked for what is in the log. What was refused or failed, as far as it does not come
 * faster than anybody reads; everything else at the level `debug`.
 */
import type { CapturedExchange } from './inspector/captured-exchange.js'

const maxPerSecond = 20

interface Logged {
  info(fields: object, text: string): void
  debug(fields: object, text: string): void
  isLevelEnabled(level: string): boolean
}

/** @param nowMs monotonic, milliseconds */
export function createRequestLog(
  logger: Logged,
  nowMs: () => number = () => performance.now(),
): (exchange: CapturedExchange) => void {
  let [sinceMs, written, left] = [Number.NEGATIVE_INFINITY, 0, 0]
  return (exchange) => {
    const { errorCode } = exchange
    if (errorCode === undefined) {
      if (logger.isLevelEnabled('debug')) logger.debug(told(exchange), 'a request was answered')
      return
    }
    if (nowMs() - sinceMs >= 1000) [sinceMs, written] = [nowMs(), 0]
    if (++written > maxPerSecond) return void left++
    logger.info({ ...told(exchange), ...(left === 0 ? {} : { notLogged: left }) }, 'a request was refused or failed')
    left = 0
  }
}

function told(exchange: CapturedExchange): object {
  const { lane, requestId, traceId, caller, agent, server, method, tool, status, errorCode } = exchange
  return {
    ...{ lane, requestId, traceId, caller, agent, server: nameIn(server), method: nameIn(method), tool: nameIn(tool) },
    ...{ status, code: errorCode },
  }
}

/** Agents say what they want to: what looks like no name is not repeated. */
function nameIn(text: string | null): string | null {
  return text === null || /^[\w$./:-]{1,64}$/.test(text) ? text : '(no name)'
}

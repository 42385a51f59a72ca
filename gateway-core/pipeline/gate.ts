/** Whether agents are let in at all, and how many of their calls are being answered. */

export interface Gate {
  /** While it is, agents get `gateway_paused`. Ends with the process. */
  readonly isPaused: boolean
  /** POST requests on the data port that are not answered yet; open streams that agents listen on do not count. */
  readonly callsInFlight: number
  setPaused(isPaused: boolean): void
  entered(httpMethod: string): void
  left(httpMethod: string): void
}

/** @param onChange called when it was paused or resumed */
export function createGate(onChange: (isPaused: boolean) => void): Gate {
  let isPaused = false
  let callsInFlight = 0
  return {
    get isPaused() {
      return isPaused
    },
    get callsInFlight() {
      return callsInFlight
    },
    setPaused(next) {
      if (next === isPaused) return
      isPaused = next
      onChange(next)
    },
    entered: (httpMethod) => void (httpMethod === 'POST' && callsInFlight++),
    left: (httpMethod) => void (httpMethod === 'POST' && callsInFlight--),
  }
}

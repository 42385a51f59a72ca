/** What a call ends with that its agent cancelled, or never waited for. Nobody waits for its answer. */
export class CallCancelled extends Error {
  constructor() {
    super('the call was cancelled')
    this.name = 'CallCancelled'
  }
}

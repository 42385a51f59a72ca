/** Requests that are being answered, by the credential that they came with, so that they end when it does. */
import type { ServerResponse } from 'node:http'
import type { Recognised } from '../callers/recognise-caller.js'
import type { Recording } from './recording.js'

interface OpenRequest {
  readonly credential: string
  readonly response: ServerResponse
  readonly recording: Recording
}

export class OpenRequests {
  private readonly open = new Set<OpenRequest>()

  /**
   * Notes a request whose credential can be taken back: a key, or a grant. A JWT is good until it ends.
   *
   * @returns the function that says that it was answered
   */
  begin({ key, grant }: Recognised, response: ServerResponse, recording: Recording): () => void {
    const credential = key?.id ?? grant?.id
    if (credential === undefined) return nothing
    const request = { credential, response, recording }
    this.open.add(request)
    return () => void this.open.delete(request)
  }

  /** Nobody is answered any more who came with this key or grant: streams break off, and calls are given up. */
  end(credential: string): void {
    for (const request of this.open) {
      if (request.credential !== credential) continue
      this.open.delete(request)
      request.recording.isCredentialEnded = true
      request.recording.errorCode = 'unauthenticated'
      request.response.destroy()
    }
  }
}

function nothing(): void {
  // There was nothing to note.
}

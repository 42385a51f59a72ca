/** Sends bytes over a socket and reads one answer's head and body, for requests that no HTTP client would send. */
import { connect } from 'node:net'

export interface RawAnswer {
  /** 0 where there was no answer. */
  readonly status: number
  readonly text: string
}

/**
 * @param lines  request line and header lines, without line ends; a body is not sent
 * @returns after the peer closed the connection, after a whole answer with a Content-Length, or after 2 s of silence
 */
export async function exchangeBytes(host: string, port: number, lines: readonly string[]): Promise<RawAnswer> {
  return new Promise((resolve, reject) => {
    const socket = connect({ host, port, noDelay: true })
    let text = ''
    const finish = (): void => {
      socket.destroy()
      resolve({ status: Number(/^HTTP\/1\.[01] (\d{3})/.exec(text)?.[1] ?? 0), text })
    }
    // A stream that is still open has said what it had to say.
    socket.setTimeout(2000, finish)
    socket.setEncoding('latin1')
    socket.on('data', (chunk: string) => {
      text += chunk
      const head = text.indexOf('\r\n\r\n')
      const length = /\r\ncontent-length: (\d+)/i.exec(text.slice(0, head + 2))?.[1]
      if (head >= 0 && length !== undefined && text.length >= head + 4 + Number(length)) finish()
    })
    socket.on('end', finish)
    socket.on('error', (error: NodeJS.ErrnoException) => (error.code === 'ECONNRESET' ? finish() : reject(error)))
    socket.write(`${lines.join('\r\n')}\r\n\r\n`)
  })
}

/**
 * Settles as `promise` does, or rejects with the signal's reason once it aborts, whatever `promise` makes of that.
 */
export async function rejectOnAbort<T>(promise: Promise<T>, { signal }: AbortController): Promise<T> {
  let onAbort = (): void => undefined
  const aborted = new Promise<never>((_resolve, reject) => {
    onAbort = () => reject(signal.reason as Error)
    signal.addEventListener('abort', onAbort, { once: true })
  })
  try {
    return await Promise.race([promise, aborted])
  } finally {
    signal.removeEventListener('abort', onAbort)
  }
}

import { expect, it } from 'vitest'
import { eventStream, progress, asEvent, request, result } from './test/http-test-server.js'
import { MessageReader } from './http-messages.js'

it('goes on in another stream with the id and the retry of the one before, and without its torn event', () => {
  const given: unknown[] = []
  const reader = new MessageReader(request(1), (message, during) => given.push([message, during]))
  expect(reader.isComplete).toBe(false)
  reader.begin(eventStream)
  reader.data(Buffer.from(`retry: 70\n${asEvent(progress(1), 'e1')}data: torn`))
  reader.begin(eventStream)
  expect([reader.resumeFrom, reader.retryMs, reader.isComplete]).toEqual(['e1', 70, false])
  reader.data(Buffer.from(asEvent(result(1))))
  expect([reader.resumeFrom, reader.isComplete]).toEqual(['e1', true])
  expect(given).toEqual([
    [progress(1), 1],
    [result(1), 1],
  ])
})

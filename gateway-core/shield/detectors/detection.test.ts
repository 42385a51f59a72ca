/** Detectors in their thread: whatever they are given, nobody else waits, and nobody waits long. */
import { Worker } from 'node:worker_threads'
import { afterAll, describe, expect, it } from 'vitest'
import { createDetection } from './detection.js'

/** Put together here, so that no scanner takes this file for a leak. */
const github = ['ghp_', 'wWPw5k4aXcaT4fNP0UcnZwJUVFk6LO0pINUx'].join('')
/** What makes patterns that are not bounded take for ever, for each detector some. */
const hostile = [
  ...['ignore ', 'ignore all ', 'do not tell ', 'you are now ', 'send ', '<', 'e\u200b'],
  ...['a@', 'a@a.', '+1 ', 'A', '1 ', '1-', 'AA11 ', '1.1.'],
  ...[
    '\n',
    'eyJ',
    'eyJaaaaaaaaa.',
    'aaa://',
    'aaa://b:',
    'password=',
    'bearer ',
    '-----BEGIN ',
    'xoxb-',
    'op://',
    'SG.',
  ],
  ...['sk-', 'AKIA', 'T3BlbkFJ', '_authToken=', 'lin_api_', 'aws_secret_access_key = '],
]
const detection = createDetection()
afterAll(() => detection.close())

describe('detection', () => {
  it('tells what is in a value', async () => {
    await detection.ready()
    expect(await detection.detect({ nested: [{ note: `x ${github}` }] })).toEqual(
      expect.arrayContaining(['secret', 'secret:github']),
    )
    expect(await detection.detect({ text: 'nothing at all' })).toEqual([])
    expect(await detection.detect({})).toEqual([])
  })

  it('takes no longer after thousands of texts than at first', async () => {
    const timed = async (times: number): Promise<number> => {
      const tookMs: number[] = []
      for (let n = 0; n < times; n++) {
        const startedMs = performance.now()
        await detection.detect({ text: `text ${n}` })
        tookMs.push(performance.now() - startedMs)
      }
      return tookMs.sort((a, b) => a - b)[Math.floor(times / 2)] ?? Number.NaN
    }
    const atFirstMs = await timed(300)
    await timed(1500)
    expect(await timed(300)).toBeLessThan(4 * atFirstMs)
  })

  it('says what was too large, and looks at its beginning', async () => {
    const before = detection.overruns.size
    const found = await detection.detect({ text: `${github} ${'x'.repeat(300 * 1024)}` })
    expect(found).toEqual(expect.arrayContaining(['unscanned', 'unscanned:size']))
    expect(detection.overruns.size).toBe(before + 1)
  })

  it('holds no call beyond the limit and the event loop not at all, whatever is in the text', async () => {
    let mainMs = 0
    for (const piece of hostile) {
      const text = piece.repeat((256 * 1024) / piece.length)
      const usedBefore = performance.eventLoopUtilization()
      const startedMs = performance.now()
      await detection.detect({ text })
      // Generous, as the machine may be busy; without the limit one of them alone takes longer on an idle one.
      expect([piece, performance.now() - startedMs < 5_000]).toEqual([piece, true])
      mainMs += performance.eventLoopUtilization(usedBefore).active
    }
    expect(mainMs / hostile.length).toBeLessThan(50)
  })

  it('gives up on what takes longer than a call may be held, and on a thread that says nothing', async () => {
    const stuck =
      "const { parentPort } = require('node:worker_threads'); parentPort.on('message', () => { for (;;); }); parentPort.postMessage('ready')"
    const started: Worker[] = []
    const start = (): Worker => {
      const worker = new Worker(stuck, { eval: true })
      started.push(worker)
      return worker
    }
    const hanging = createDetection({ holdMs: 100, silenceMs: 300, maxWaiting: 2 }, start)
    await hanging.ready()
    const answers = await Promise.all([1, 2, 3].map((n) => hanging.detect({ n })))
    expect(answers).toEqual(Array(3).fill(['unscanned', 'unscanned:time']))
    expect(hanging.overruns).toEqual({ size: 0, time: 3, error: 0 })
    await expect.poll(() => started.length).toBe(2)
    await hanging.close()
  })

  it('takes a thread that ends for one that has not looked, and starts another', async () => {
    let count = 0
    const ending = createDetection({}, () => {
      count++
      return new Worker(
        "const { parentPort } = require('node:worker_threads'); parentPort.on('message', () => process.exit()); parentPort.postMessage('ready')",
        { eval: true },
      )
    })
    for (let n = 1; n <= 2; n++) {
      expect(await ending.detect({ n })).toEqual(['unscanned', 'unscanned:time'])
      expect(count).toBe(n)
    }
    await ending.close()
  })
})

import { describe, expect, test } from '@jest/globals'
import { durationInWords } from '../../../src/lib/duration.ts'
import { withProgress } from '../../../src/lib/progress.ts'

const settled = () => new Promise<void>(resolve => setImmediate(resolve))

/** A clock that stands until it is told to go on. */
function clock() {
  let tick = Promise.withResolvers<void>()
  return {
    wait: () => tick.promise,
    pass: async () => {
      const { resolve } = tick
      tick = Promise.withResolvers()
      resolve()
      await settled()
    },
    break: async () => {
      tick.reject(new Error('time is over'))
      await settled()
    }
  }
}

describe('withProgress', () => {
  test('says every half minute that the work goes on, until it is done', async () => {
    const { wait, pass } = clock()
    const said: string[] = []
    const work = Promise.withResolvers<number>()
    const result = withProgress(work.promise, { wait, say: passed => said.push(passed) })
    await pass()
    await pass()
    expect(said).toEqual(['30.0 s', '60.0 s'])
    work.resolve(7)
    expect(await result).toBe(7)
    await pass()
    expect(said).toHaveLength(2)
  })

  test('passes a failure on, and says nothing after it', async () => {
    const { wait, pass } = clock()
    const said: string[] = []
    const broken = new Error('broken')
    await expect(withProgress(Promise.reject(broken), { wait, say: passed => said.push(passed) })).rejects.toBe(broken)
    await pass()
    expect(said).toEqual([])
  })

  test('is silent when the time of the step is over, and waits for the work', async () => {
    const time = clock()
    const work = Promise.withResolvers<number>()
    const result = withProgress(work.promise, { wait: time.wait, say: () => undefined })
    await time.break()
    work.resolve(7)
    expect(await result).toBe(7)
  })
})

test.each([
  [0, '0.0 s'],
  [12_345, '12.3 s'],
  [119_949, '119.9 s'],
  [119_951, '2 min 0 s'],
  [252_400, '4 min 12 s'],
  [3_599_700, '60 min 0 s']
])('%d ms are %s', (milliseconds, words) => {
  expect(durationInWords(milliseconds)).toBe(words)
})

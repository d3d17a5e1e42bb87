import { afterEach, beforeEach, describe, expect, jest, test } from '@jest/globals'
import { type Deadline, startDeadline } from '../../../src/process/deadline.ts'

let deadline: Deadline
const forever = new Promise<never>(() => {})

beforeEach(() => {
  jest.useFakeTimers()
  deadline = startDeadline(3000, 1000)
})

afterEach(() => {
  deadline.end()
  jest.useRealTimers()
})

describe('the time limit', () => {
  test('ends what is worth nothing undone, and leaves a while to tell the rest', async () => {
    const within = deadline.within(forever)
    const withGrace = jest.fn()
    deadline.withGrace(forever).catch(withGrace)
    jest.advanceTimersByTime(3000)
    await expect(within).rejects.toThrow('the time limit of the step, 3 s, is over')
    expect(deadline.signal.aborted).toBe(true)
    expect(withGrace).not.toHaveBeenCalled()
    await jest.advanceTimersByTimeAsync(1000)
    expect(withGrace).toHaveBeenCalledTimes(1)
  })

  test('ends what is told over the network while files and log can still be written', async () => {
    const [telling, withGrace] = [jest.fn(), jest.fn()]
    deadline.whileTelling(forever).catch(telling)
    deadline.withGrace(forever).catch(withGrace)
    await jest.advanceTimersByTimeAsync(3600)
    expect(telling).not.toHaveBeenCalled()
    await jest.advanceTimersByTimeAsync(100)
    expect(telling).toHaveBeenCalledTimes(1)
    expect(withGrace).not.toHaveBeenCalled()
  })

  test('changes nothing for work that ends before', async () => {
    await expect(deadline.within(Promise.resolve(1))).resolves.toBe(1)
    await expect(deadline.withGrace(Promise.reject(new Error('own')))).rejects.toThrow('own')
    expect(deadline.signal.aborted).toBe(false)
  })

  test('is over for work that begins after it', async () => {
    jest.advanceTimersByTime(3000)
    await expect(deadline.within(forever)).rejects.toThrow('is over')
  })
})

test.each(['SIGINT', 'SIGTERM'] as const)('%s ends everything at once', async name => {
  const running = [deadline.within(forever), deadline.whileTelling(forever), deadline.withGrace(forever)]
  process.emit(name)
  for (const work of running) await expect(work).rejects.toThrow('the run was cancelled')
  expect(deadline.signal.aborted).toBe(true)
})

test('its end leaves no timer and no signal handler behind', () => {
  expect(jest.getTimerCount()).toBe(3)
  const handlers = process.listenerCount('SIGINT')
  deadline.end()
  expect(jest.getTimerCount()).toBe(0)
  expect(process.listenerCount('SIGINT')).toBe(handlers - 1)
})

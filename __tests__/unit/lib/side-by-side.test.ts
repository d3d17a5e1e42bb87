import { expect, test } from '@jest/globals'
import { sideBySide } from '../../../src/lib/side-by-side.ts'

/** Ends once everything that could begin has begun. */
const turn = () => new Promise(resolve => setImmediate(resolve))

test('results come in the order of the items, however long each takes', async () => {
  const work = async (n: number) => {
    for (let turns = 0; turns < 5 - n; turns++) await turn()
    return n * 10
  }
  expect(await sideBySide([1, 2, 3, 4], 3, work)).toEqual([10, 20, 30, 40])
  expect(await sideBySide([], 3, work)).toEqual([])
})

test('no more than allowed go at a time', async () => {
  let now = 0
  let most = 0
  await sideBySide([1, 2, 3, 4, 5], 2, async () => {
    most = Math.max(most, ++now)
    await turn()
    now--
  })
  expect(most).toBe(2)
})

test('after a failure nothing is begun, and what was begun has ended', async () => {
  const ended: number[] = []
  const begun: number[] = []
  const work = async (n: number) => {
    begun.push(n)
    if (n === 1) throw new Error('first')
    await turn()
    ended.push(n)
  }
  await expect(sideBySide([1, 2, 3, 4], 2, work)).rejects.toThrow('first')
  expect({ begun, ended }).toEqual({ begun: [1, 2], ended: [2] })
})

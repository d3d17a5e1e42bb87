import { expect, test } from '@jest/globals'
import { oncePer, oncePerPair } from '../../../src/lib/once-per.ts'

test('is done once for each object, however alike two are', () => {
  const asked: object[] = []
  const lengthOf = oncePer((list: readonly number[]) => asked.push(list) && list.length)
  const [one, other] = [[1], [1]]
  expect([lengthOf(one), lengthOf(one), lengthOf(other)]).toEqual([1, 1, 1])
  expect(asked).toEqual([one, other])
})

test('is done once for each pair', () => {
  const sum = oncePerPair((a: { n: number }, b: { n: number }) => ({ n: a.n + b.n }))
  const [one, two] = [{ n: 1 }, { n: 2 }]
  expect(sum(one, two)).toBe(sum(one, two))
  expect(sum(two, one)).not.toBe(sum(one, two))
  expect(sum(one, one)).toEqual({ n: 2 })
})

import { mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { makeKeys } from '../../world/services/keys.ts'
import { freshFolder, world } from './helpers/world.ts'
import { type Asked, ask } from './verification/ask.ts'
import type { Trust } from './verification/cases.ts'
import type { Keys } from './verification/make.ts'
import { CASES, type PreparedCase, prepareCase } from './verification/prepare.ts'

/** cosign waits for the log about as long as it computes, so more than there are processors go side by side. */
const SIDE_BY_SIDE = 6
const PREPARATION_LIMIT_MS = 300_000

const prepared = new Map<string, PreparedCase>()
const asked = new Map<Trust['trustedRoot'], Asked>()
const closing: (() => Promise<void>)[] = []

beforeAll(async () => {
  const folder = join(await freshFolder(), 'other')
  await mkdir(folder)
  const otherKeys: Keys = await makeKeys(world().tools.cosign, folder)
  const queue = [...CASES]
  const work = async () => {
    for (let one = queue.shift(); one !== undefined; one = queue.shift())
      prepared.set(one.name, await prepareCase(one, otherKeys, close => closing.push(close)))
  }
  await Promise.all(Array.from({ length: SIDE_BY_SIDE }, work))
  const byRoot = Map.groupBy(prepared.values(), ({ trust }) => trust.trustedRoot)
  for (const [root, cases] of byRoot) asked.set(root, await ask(cases, root, otherKeys))
}, PREPARATION_LIMIT_MS)

afterAll(() => Promise.all(closing.map(close => close())))

describe('verify/ says of an image', () => {
  test.each(CASES)('$name', ({ name, trust, outcome }) => {
    const { reference = '' } = prepared.get(name) ?? {}
    expect(asked.get(trust.trustedRoot)?.results.get(reference)).toMatchObject({ outcome })
  })
})

test('one image that is refused makes the step red', () => {
  expect([...asked.values()].map(({ exitCode }) => exitCode)).toEqual([1, 1, 1])
})

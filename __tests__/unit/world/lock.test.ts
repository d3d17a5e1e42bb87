import { spawnSync } from 'node:child_process'
import { existsSync } from 'node:fs'
import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { withLock } from '../../../world/toolchain/lock.ts'

let folder: string

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'lock-test-'))
})

afterEach(() => rm(folder, { recursive: true }))

describe('withLock', () => {
  test('does one work at a time and leaves nothing behind', async () => {
    const lock = join(folder, 'lock')
    const order: string[] = []
    const work = (name: string) =>
      withLock(
        lock,
        owner => order.push(`${name} waits for ${owner}`),
        async () => {
          order.push(`${name} begins`)
          await new Promise(resolve => setImmediate(resolve))
          order.push(`${name} ends`)
        }
      )
    await Promise.all([work('a'), work('b')])
    const own = order.filter(line => !line.includes('waits'))
    expect(own[0]?.slice(0, 1)).toBe(own[1]?.slice(0, 1))
    expect(own[2]?.slice(0, 1)).toBe(own[3]?.slice(0, 1))
    expect(existsSync(lock)).toBe(false)
  })

  test('takes over the lock of a process that died', async () => {
    const lock = join(folder, 'lock')
    const { pid } = spawnSync(process.execPath, ['--version'])
    await writeFile(lock, String(pid))
    const waiting: number[] = []
    expect(
      await withLock(
        lock,
        owner => waiting.push(owner),
        async () => 'done'
      )
    ).toBe('done')
    expect(waiting).toEqual([])
  })

  test('gives the lock back when the work fails', async () => {
    const lock = join(folder, 'lock')
    const failing = withLock(
      lock,
      () => undefined,
      () => Promise.reject(new Error('no'))
    )
    await expect(failing).rejects.toThrow('no')
    expect(existsSync(lock)).toBe(false)
  })
})

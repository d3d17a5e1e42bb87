import { expect, test } from '@jest/globals'
import { atMost } from '../../../src/process/at-most.ts'
import type { Command, Completed } from '../../../src/process/command.ts'

const DONE: Completed = { exitCode: 0, stdout: '', stderr: '' }

function command(name: string): Command {
  return { file: name, args: [], env: {}, cwd: '/', timeoutMs: 1 }
}

test('no more run at a time, in their order, and one that fails makes room, too', async () => {
  const started: string[] = []
  const ends = new Map<string, (fail: boolean) => void>()
  const run = atMost(2, ({ file }) => {
    started.push(file)
    return new Promise((resolve, reject) => ends.set(file, fail => (fail ? reject(new Error(file)) : resolve(DONE))))
  })
  const all = ['a', 'b', 'c', 'd'].map(name => run(command(name)))
  expect(started).toEqual(['a', 'b'])
  ends.get('b')?.(true)
  await expect(all[1]).rejects.toThrow('b')
  expect(started).toEqual(['a', 'b', 'c'])
  ends.get('a')?.(false)
  ends.get('c')?.(false)
  await Promise.all([all[0], all[2]])
  expect(started).toEqual(['a', 'b', 'c', 'd'])
  ends.get('d')?.(false)
  await expect(all[3]).resolves.toBe(DONE)
})

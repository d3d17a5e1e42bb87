import { mkdir, symlink, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { describe, expect, test } from '@jest/globals'
import { readExpectedKey } from '../../../src/flows/released/expected-key.ts'
import { aSetting } from '../../fixtures/setting.ts'

test('a reference to a key store is not taken for a path', async () => {
  await using test = await aSetting({ inputs: { 'cosign-public-key': 'hashivault://imgguard' } })
  await expect(readExpectedKey(test.setting)).rejects.toThrow(
    'cosign-public-key is hashivault://…, a reference; give the PEM that `cosign public-key --key …` prints'
  )
})

describe('a file is read only if it', () => {
  async function read(put: (path: string) => Promise<unknown>) {
    await using test = await aSetting({ inputs: { 'cosign-public-key': 'cosign.pub' } })
    await put(join(test.setting.context.workspace, 'cosign.pub'))
    return await readExpectedKey(test.setting)
  }

  test.each<[string, (path: string) => Promise<unknown>, string]>([
    ['ends', path => symlink('/dev/zero', path), 'lies outside the workspace'],
    ['is itself in the workspace', path => symlink('/etc/hostname', path), 'lies outside the workspace'],
    ['is a file', path => mkdir(path), 'is a directory; give the path of a file'],
    ['is short', path => writeFile(path, Buffer.alloc(1024 * 1024 + 1)), 'is not a plain file of at most 1 MiB'],
    ['is there', async () => undefined, 'is not in the workspace; check the path']
  ])('%s', async (_, put, message) => {
    await expect(read(put)).rejects.toThrow(/^cosign-public-key\b/)
    await expect(read(put)).rejects.toThrow(message)
  })
})

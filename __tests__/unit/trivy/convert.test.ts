import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from '@jest/globals'
import type { Command } from '../../../src/process/command.ts'
import { convertToCycloneDx } from '../../../src/trivy/convert.ts'
import type { Trivy } from '../../../src/trivy/trivy.ts'
import { aCommandError } from '../../fixtures/command-error.ts'

let folder: string
let commands: Command[]

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'convert-'))
  commands = []
})

afterEach(() => rm(folder, { recursive: true, force: true }))

/** A Trivy that writes this as its SBOM, or fails. */
function trivyThatWrites(answer: string | Error): Trivy {
  return {
    run: async command => {
      commands.push(command)
      if (answer instanceof Error) throw answer
      await writeFile(command.args[command.args.indexOf('--output') + 1] ?? '', answer)
      return { exitCode: 0, stdout: '', stderr: '' }
    },
    file: '/trivy',
    version: '0.74.0',
    environment: (home, ...hosts) => ({ HOME: home, HOSTS: hosts.join() }),
    emptyDirectory: async () => folder
  }
}

test('the SBOM is made of the report alone and says nothing of vulnerabilities, in an empty directory, without any login', async () => {
  const sbom = await convertToCycloneDx(
    trivyThatWrites('{"bomFormat":"CycloneDX","components":[],"vulnerabilities":[]}'),
    {
      SchemaVersion: 2
    }
  )
  expect(sbom.bom).toEqual({ bomFormat: 'CycloneDX', components: [] })
  expect(await readFile(sbom.file, 'utf8')).toBe(JSON.stringify(sbom.bom, null, 2))
  expect(commands).toHaveLength(1)
  expect(commands[0]).toMatchObject({ file: '/trivy', cwd: folder, env: { HOME: folder, HOSTS: '' } })
  expect(JSON.parse(await readFile(commands[0]?.args.at(-1) ?? '', 'utf8'))).toEqual({ SchemaVersion: 2 })
})

test.each([
  ['no JSON', 'nonsense'],
  ['no object', '[]'],
  ['another format', '{"spdxVersion":"SPDX-2.3"}']
])('what is written must be CycloneDX: %s', async (_, written) => {
  await expect(convertToCycloneDx(trivyThatWrites(written), {})).rejects.toThrow(
    'the SBOM that Trivy made cannot be read'
  )
})

test('a Trivy that fails says why', async () => {
  const failure = aCommandError({ stderr: 'FATAL\tFatal error\tjson decode error: EOF' })
  await expect(convertToCycloneDx(trivyThatWrites(failure), {})).rejects.toThrow(/^Trivy could not make the SBOM: .+/)
})

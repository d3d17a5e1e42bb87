import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import type { JsonObject } from '../../../src/lib/json.ts'
import { freshFolder, world } from './world.ts'

/** An in-toto statement that the real cosign verified. */
export interface Attested {
  /** Its JSON, as it was signed. */
  readonly text: string
  readonly predicateType: string
  /** Digests that it is about. */
  readonly subjects: readonly string[]
  readonly predicate: JsonObject
}

/**
 * Everything of a type that the world's key attested of an image, by the real cosign, in the order in which it prints it; none where it finds none.
 * @param type as cosign calls it: `vuln`, `cyclonedx`.
 */
export async function cosignAttestations(
  reference: string,
  type: string,
  {
    key = world().keys.public,
    args = [],
    env = {}
  }: {
    readonly key?: string
    readonly args?: readonly string[]
    readonly env?: Readonly<Record<string, string>>
  } = {}
): Promise<readonly Attested[]> {
  const home = await freshFolder()
  const common = ['verify-attestation', '--key', key, '--insecure-ignore-tlog=true', '--type', type]
  const run = promisify(execFile)(world().tools.cosign, [...common, ...args, reference], {
    env: { ...env, HOME: home, PATH: home },
    maxBuffer: 64 * 1024 * 1024
  })
  const printed = await run.catch((error: { stderr: string }) => {
    if (/no matching attestations|none of the attestations matched/.test(error.stderr)) return { stdout: '' }
    throw error
  })
  return printed.stdout
    .split('\n')
    .filter(line => line !== '')
    .map(line => {
      const text = Buffer.from((JSON.parse(line) as { payload: string }).payload, 'base64').toString('utf8')
      const statement = JSON.parse(text) as Printed
      const subjects = statement.subject.map(({ digest }) => `sha256:${digest.sha256}`)
      return { text, predicateType: statement.predicateType, subjects, predicate: statement.predicate }
    })
}

interface Printed {
  readonly predicateType: string
  readonly subject: readonly { readonly digest: { readonly sha256: string } }[]
  readonly predicate: JsonObject
}

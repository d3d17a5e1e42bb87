import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from '../../../world/folders.ts'
import { freshFolder, step, world } from '../helpers/world.ts'
import type { Trust } from './cases.ts'
import type { Keys } from './make.ts'
import type { PreparedCase } from './prepare.ts'

/** What verify/ says of one image, in its output `results`. */
export interface Result {
  readonly reference: string
  readonly outcome: string
  readonly reason: string
  readonly signer?: string
}

/** What one run of verify/ said: the result of each image by its reference, and whether it was red. */
export interface Asked {
  readonly results: ReadonlyMap<string, Result>
  readonly exitCode: number | null
  readonly log: string
}

const IDENTITY = 'https://github.com/acme/app/.github/workflows/build.yml@refs/heads/main'

/** Asks the committed verify/ for many images at once, each with a rule of its own in one policy file. */
export async function ask(
  cases: readonly PreparedCase[],
  trustedRoot: Trust['trustedRoot'],
  otherKeys: Keys
): Promise<Asked> {
  const workspace = await freshFolder()
  await mkdir(join(workspace, '.github'))
  await writeFile(join(workspace, 'cosign.pub'), await readFile(world().keys.public))
  await writeFile(join(workspace, 'other.pub'), await readFile(otherKeys.public))
  // YAML, of which JSON is a part.
  const policy = { version: 1, images: cases.map(ruleOf), default: 'deny' }
  await writeFile(join(workspace, '.github', 'imgguard.yml'), JSON.stringify(policy))
  const { exitCode, outputs, log } = await step({
    action: join(ROOT, 'verify'),
    workspace,
    inputs: {
      image: cases.map(({ reference }) => reference).join('\n'),
      policy: '.github/imgguard.yml',
      'trusted-root': await rootFile(trustedRoot)
    }
  })
  const results = JSON.parse(outputs['results'] || '[]') as Result[]
  return { exitCode, log, results: new Map(results.map(result => [result.reference, result])) }
}

function ruleOf({ reference, trust }: PreparedCase): object {
  const identity = identityOf(trust)
  const { annotations, eachPlatform, log } = trust
  const more = {
    ...(annotations && { annotations }),
    ...(eachPlatform && { 'each-platform': true }),
    ...(log && { 'transparency-log': log })
  }
  const keys = trust.keys?.map(key => (key === 'key' ? 'cosign.pub' : 'other.pub'))
  const signers = [...(keys ? [{ key: keys, ...more }] : []), ...(identity ? [{ ...identity, ...more }] : [])]
  const attested = trust.attested?.map(line => ({
    ...demandOf(line),
    ...(trust.attestedBy === undefined ? {} : { 'signed-by': attesterOf(trust.attestedBy) })
  }))
  return {
    match: reference.split('@')[0]?.replace(/:released$/, ''),
    ...(signers.length > 0 && { 'signed-by': signers.length === 1 ? signers[0] : signers }),
    ...(attested && { attested })
  }
}

function attesterOf(by: NonNullable<Trust['attestedBy']>): object | undefined {
  return by === 'key' ? { key: 'cosign.pub' } : identityOf({ identity: 'ours' })
}

/** `vuln max-age=7d` as the policy file has it. */
function demandOf(line: string): object {
  const [type, ...conditions] = line.split(' ')
  return { type, ...Object.fromEntries(conditions.map(condition => condition.split('='))) }
}

function identityOf({ identity }: Trust): object | undefined {
  const { issuer } = world().sigstore.oidc
  const identities = {
    ours: { identity: IDENTITY, issuer },
    pattern: { 'identity-regexp': '^https://github\\.com/acme/app/.+@refs/heads/main$', issuer },
    'other workflow': { identity: IDENTITY.replace('build.yml', 'other.yml'), issuer },
    'other issuer': { identity: IDENTITY, issuer: 'https://token.actions.githubusercontent.com' }
  }
  return identity && identities[identity]
}

async function rootFile(which: Trust['trustedRoot']): Promise<string> {
  const { trustedRoot, otherTrustedRoot } = world().sigstore
  if (which === undefined) return trustedRoot
  if (which === 'other') return otherTrustedRoot
  const root = JSON.parse(await readFile(trustedRoot, 'utf8')) as { certificateAuthorities: { validFor: object }[] }
  for (const authority of root.certificateAuthorities)
    authority.validFor = { start: '2020-01-01T00:00:00Z', end: '2021-01-01T00:00:00Z' }
  const path = join(await freshFolder(), 'trusted-root.json')
  await writeFile(path, JSON.stringify(root))
  return path
}

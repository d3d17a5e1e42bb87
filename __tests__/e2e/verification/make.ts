import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { entriesOf, sibling } from '../helpers/registry.ts'
import { freshFolder, world } from '../helpers/world.ts'
import type { By, Made } from './cases.ts'
import { provenancePredicate, vulnPredicate } from './predicates.ts'

/** Files of the key that nobody should believe. */
export interface Keys {
  readonly private: string
  readonly public: string
  readonly password: string
}

const NO_LOG = ['--use-signing-config=false', '--tlog-upload=false']
const LEGACY = ['--new-bundle-format=false', ...NO_LOG]

/**
 * Puts one thing on an image by the real cosign.
 * @param reference the image by digest.
 * @param otherKeys somebody else's.
 * @param repository where the signature says that it belongs.
 */
export async function make(
  made: Made,
  reference: string,
  otherKeys: Keys,
  repository = reference.split('@')[0] ?? ''
): Promise<void> {
  const env = await signerOf(made.by, otherKeys)
  const key = made.by === 'keyless' ? [] : ['--key', 'env://COSIGN_PRIVATE_KEY']
  if ('sign' in made) {
    const annotations = Object.entries({ repository, ...made.annotations })
    const targets = made.of === 'platforms' ? (await platformsOf(reference)).map(({ digest }) => digest) : [undefined]
    for (const digest of targets)
      await cosign(
        [
          'sign',
          ...key,
          ...(made.sign === 'legacy' ? LEGACY : logFlags(made)),
          ...annotations.flatMap(([name, value]) => ['-a', `${name}=${value}`]),
          '--yes',
          digest === undefined ? reference : sibling(reference, digest)
        ],
        env
      )
    return
  }
  const platforms = await platformsOf(reference)
  const wanted = platforms.filter(({ platform }) => made.platforms?.includes(platform) ?? true)
  // Provenance is about the image that was pushed, a scan about the platform that was looked at.
  const targets = made.attest === 'provenance' || platforms.length === 0 ? [reference] : wanted.map(at(reference))
  const predicate = join(await freshFolder(), 'predicate.json')
  await writeFile(predicate, JSON.stringify(made.attest === 'vuln' ? vulnPredicate(made) : provenancePredicate()))
  const type = made.attest === 'vuln' ? 'vuln' : 'slsaprovenance1'
  const flags = made.legacy ? LEGACY : logFlags(made)
  for (const target of targets)
    await cosign(['attest', ...key, ...flags, '--type', type, '--predicate', predicate, '--yes', target], env)
}

/** The platforms of an index with their digests; none for a single manifest. */
async function platformsOf(reference: string): Promise<readonly { platform: string; digest: string }[]> {
  return (await entriesOf(reference)).flatMap(({ platform, digest }) =>
    platform === undefined || platform.os === 'unknown'
      ? []
      : [{ platform: `${platform.os}/${platform.architecture}`, digest }]
  )
}

function at(reference: string): (child: { digest: string }) => string {
  return ({ digest }) => sibling(reference, digest)
}

function logFlags(made: { readonly by: By; readonly log?: true }): string[] {
  const { signingConfig, trustedRoot } = world().sigstore
  return made.by === 'keyless' || made.log ? ['--signing-config', signingConfig, '--trusted-root', trustedRoot] : NO_LOG
}

async function signerOf(by: By, otherKeys: Keys): Promise<Record<string, string>> {
  if (by === 'keyless') {
    const { requestUrl, requestToken } = world().sigstore.oidc
    return { ACTIONS_ID_TOKEN_REQUEST_URL: requestUrl, ACTIONS_ID_TOKEN_REQUEST_TOKEN: requestToken }
  }
  const keys = by === 'key' ? world().keys : otherKeys
  return {
    COSIGN_PRIVATE_KEY: await readFile(keys.private, 'utf8'),
    COSIGN_PASSWORD: await readFile(keys.password, 'utf8')
  }
}

async function cosign(args: readonly string[], env: Readonly<Record<string, string>>): Promise<void> {
  const home = await freshFolder()
  await promisify(execFile)(world().tools.cosign, [...args], { cwd: home, env: { ...env, HOME: home, PATH: home } })
}

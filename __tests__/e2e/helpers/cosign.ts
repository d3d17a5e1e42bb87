import { execFile } from 'node:child_process'
import { copyFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { freshFolder, world } from './world.ts'

/** One signature as `cosign verify --output json` prints it. */
export interface CosignSignature {
  readonly type: string
  readonly digest: string
  readonly annotations: Readonly<Record<string, string>>
}

/** The arguments with which an old reader finds a signature. */
export const LEGACY = ['--new-bundle-format=false'] as const

/**
 * Runs the real cosign with arguments of the test's own.
 * @param key file of the public key; the world's where absent.
 * @throws with cosign's standard error when it verifies nothing.
 */
export async function cosignVerify(
  reference: string,
  { key = world().keys.public, args = [] }: { readonly key?: string; readonly args?: readonly string[] } = {}
): Promise<readonly CosignSignature[]> {
  return cosignVerifyBy(reference, ['--key', key, '--insecure-ignore-tlog=true', ...args])
}

/**
 * Runs `cosign verify` with these flags and no others.
 * @param env variables beside HOME and PATH.
 * @throws with cosign's standard error when it verifies nothing.
 */
export async function cosignVerifyBy(
  reference: string,
  flags: readonly string[],
  env: Readonly<Record<string, string>> = {}
): Promise<readonly CosignSignature[]> {
  const home = await freshFolder()
  const { stdout } = await promisify(execFile)(
    world().tools.cosign,
    ['verify', ...flags, '--output', 'json', reference],
    { env: { ...env, HOME: home, PATH: home } }
  )
  return (JSON.parse(stdout) as readonly Printed[]).map(({ critical, optional }) => ({
    type: critical.type,
    digest: critical.image['docker-manifest-digest'],
    annotations: optional
  }))
}

interface Printed {
  readonly critical: { readonly type: string; readonly image: { readonly 'docker-manifest-digest': string } }
  readonly optional: Readonly<Record<string, string>>
}

/**
 * Runs a command line as a person would: cosign on PATH, cosign.pub in the folder. Rejects unless it ends with exit code 0.
 * @param key the file that is there as cosign.pub; the world's where absent.
 */
export async function runByHand(
  commandLine: string,
  key = world().keys.public
): Promise<{ readonly stdout: string; readonly stderr: string }> {
  const cwd = await freshFolder()
  await copyFile(key, join(cwd, 'cosign.pub'))
  return promisify(execFile)('/bin/sh', ['-c', commandLine], {
    cwd,
    env: { HOME: cwd, PATH: dirname(world().tools.cosign) }
  })
}

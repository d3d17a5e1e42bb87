import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { RegistryError } from '../image/failures.ts'
import type { PinnedReference } from '../image/reference.ts'
import type { Registry } from '../image/registry.ts'
import type { SignatureOptions } from './args.ts'
import { signaturesOf } from './place.ts'
import { lists } from './proof.ts'

/** What is to be made, and where. */
interface Made {
  readonly command: 'sign' | 'attest'
  readonly reference: PinnedReference
  readonly options: SignatureOptions
}

/** What was pushed. */
export interface PushedBundle {
  /** Of the layer that holds it. */
  readonly digest: string
  readonly content: Buffer
}

/** Cosign writes the file before it pushes (sigstore/cosign cmd/cosign/cli/sign/sign.go): without it nothing was pushed. */
export async function readBundle(file: string, isExpected: boolean): Promise<PushedBundle | undefined> {
  try {
    const content = await readFile(file)
    return { content, digest: `sha256:${createHash('sha256').update(content).digest('hex')}` }
  } catch (error) {
    if (isExpected) throw error
    return undefined
  }
}

/** Whether the registry has what this call made; undefined when it does not say. */
export async function isPushed(
  registry: Registry,
  call: Made,
  bundle: PushedBundle | undefined,
  before: string | undefined
): Promise<boolean | undefined> {
  try {
    if (call.options.format === 'legacy') return (await legacyTag(registry, call)) !== before
    return bundle !== undefined && (await lists(registry, signaturesOf(call.reference, call.options), bundle.digest))
  } catch {
    return undefined
  }
}

/** What the tag of the legacy format points at. Format: sigstore/cosign specs/SIGNATURE_SPEC.md */
export async function legacyTag(
  registry: Registry,
  { command, reference, options }: Made
): Promise<string | undefined> {
  if (options.format !== 'legacy') return undefined
  const { digest, ...place } = signaturesOf(reference, options)
  const tag = `${digest.replace(':', '-')}.${command === 'sign' ? 'sig' : 'att'}`
  try {
    return await registry.digestOf({ ...place, tag })
  } catch (error) {
    return unlessRefused(error)
  }
}

/** Some registries refuse to read what is not there yet (4xx), and let it be written all the same. */
export function unlessRefused(error: unknown): undefined {
  if (error instanceof RegistryError && error.status !== undefined && error.status < 500) return
  throw error
}

import { createHash } from 'node:crypto'
import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { isNotFound } from '../image/failures.ts'
import { formatReference, type PinnedReference, pin } from '../image/reference.ts'
import type { Registry } from '../image/registry.ts'
import { messageOf, ToolError } from '../lib/errors.ts'
import { asArray, asObject } from '../lib/json.ts'
import { CommandError } from '../process/run.ts'
import { type SignatureOptions, signArguments } from './args.ts'
import { type Cosign, keyEnvironment, type PrivateKey } from './cosign.ts'
import { explainCosign } from './failures.ts'
import { includesSignature } from './output.ts'
import { verify, verifyOrNothing } from './verify.ts'

/** One signature to be there: of one manifest, in one format. */
export interface SigningJob {
  readonly reference: PinnedReference
  readonly key: PrivateKey
  /** PEM. */
  readonly publicKey: string
  readonly options: SignatureOptions
  readonly annotations: Readonly<Record<string, string>>
  /** Those of the annotations that differ from run to run; a signature that differs in nothing else is kept. */
  readonly ofThisRun: readonly string[]
}

/** What signing and proving need beside cosign. */
export interface SigningTools {
  readonly cosign: Cosign
  readonly registry: Registry
  readonly wait: (milliseconds: number) => Promise<void>
}

/** Some registries list a new signature only after a while (Docker Hub was seen to need seconds). */
const LOOK_AGAIN_MS = [0, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000]

/**
 * Makes sure that the manifest carries a signature by the key, and proves it: a valid one with the same content is kept, else one is added,
 * found in the registry, and verified as a signature of this digest with this run's annotations.
 * @throws ToolError that says what failed, with a remedy.
 */
export async function ensureSigned(tools: SigningTools, job: SigningJob): Promise<'signed' | 'already-signed'> {
  const { reference, options, annotations, ofThisRun } = job
  const lasting = Object.fromEntries(Object.entries(annotations).filter(([key]) => !ofThisRun.includes(key)))
  const present = await verifyOrNothing(tools.cosign, reference, job.publicKey, options)
  if (includesSignature(present, { format: options.format, digest: reference.digest, annotations: lasting }))
    return 'already-signed'
  const bundleDigest = await sign(tools.cosign, job)
  await prove(tools, job, bundleDigest)
  return 'signed'
}

/** Returns the digest of the bundle that was pushed; undefined for the legacy format, which has none. */
async function sign(cosign: Cosign, job: SigningJob): Promise<string | undefined> {
  const cwd = await cosign.emptyDirectory('cosign-sign')
  const bundleFile = join(cwd, 'bundle.json')
  try {
    await cosign.run({
      file: cosign.file,
      args: signArguments(formatReference(job.reference), job.options, job.annotations, bundleFile),
      env: { ...cosign.environment(cwd, job.reference.registry), ...keyEnvironment(job.key) },
      cwd,
      timeoutMs: cosign.timeoutMs
    })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    const { reason, remedy } = explainCosign(error)
    throw new ToolError(
      `${formatReference(job.reference)} could not be signed: ${reason}`,
      remedy === undefined ? {} : { remedy }
    )
  }
  if (job.options.format === 'legacy') return undefined
  return `sha256:${createHash('sha256')
    .update(await readFile(bundleFile))
    .digest('hex')}`
}

async function prove(tools: SigningTools, job: SigningJob, bundleDigest: string | undefined): Promise<void> {
  let missing = ''
  for (const pause of LOOK_AGAIN_MS) {
    if (pause > 0) await tools.wait(pause)
    missing = await whatIsMissing(tools, job, bundleDigest)
    if (missing === '') return
  }
  throw new ToolError(`${formatReference(job.reference)} was signed, but ${missing}`)
}

/** Empty when the signature is there and good. */
async function whatIsMissing(tools: SigningTools, job: SigningJob, bundleDigest: string | undefined): Promise<string> {
  const { reference, options, annotations } = job
  try {
    if (bundleDigest !== undefined && !(await lists(tools.registry, reference, bundleDigest)))
      return 'the registry does not list the signature'
    const verified = await verify(tools.cosign, reference, job.publicKey, options)
    if (includesSignature(verified, { format: options.format, digest: reference.digest, annotations })) return ''
    return 'what the registry has is not the signature of this run'
  } catch (error) {
    return `the signature could not be checked: ${error instanceof CommandError ? explainCosign(error).reason : messageOf(error)}`
  }
}

/** A list of referrers can name a manifest that was deleted since. */
function nothingThere(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}

/** True when a manifest that refers to the image has the bundle as a layer. */
async function lists(registry: Registry, reference: PinnedReference, bundleDigest: string): Promise<boolean> {
  for (const { digest } of (await registry.referrers(reference)).toReversed()) {
    const manifest = await registry.manifest(pin(reference, digest)).catch(nothingThere)
    const layers = asArray(manifest?.content['layers'], `manifest ${digest} layers`)
    if (layers.some(layer => asObject(layer, `manifest ${digest} layer`)['digest'] === bundleDigest)) return true
  }
  return false
}

import { isNotFound } from '../image/failures.ts'
import { formatReference, type PinnedReference, pin } from '../image/reference.ts'
import type { ReferrersPart } from '../image/referrers.ts'
import type { Registry } from '../image/registry.ts'
import { messageOf } from '../lib/errors.ts'
import { asArray, asObject } from '../lib/json.ts'
import { CommandError } from '../process/run.ts'
import type { Cosign } from './cosign.ts'
import { explainCosign } from './failures.ts'

/** What signing and proving need beside cosign. */
export interface SigningTools {
  readonly cosign: Cosign
  readonly registry: Registry
  readonly wait: (milliseconds: number) => Promise<void>
  /** Gets a line of progress. */
  readonly say: (line: string) => void
}

/** Some registries list a new signature only after a while (Docker Hub was seen to need seconds). */
const LOOK_AGAIN_MS = [0, 1_000, 2_000, 4_000, 8_000, 15_000, 30_000]

/**
 * Looks until nothing is missing.
 * @param look returns what is missing, the rest of a sentence; `''` when it is there and good.
 * @returns what is missing even after the last look; `''` when nothing is.
 */
export async function lookUntilThere(tools: SigningTools, look: () => Promise<string>): Promise<string> {
  let missing = ''
  for (const pause of LOOK_AGAIN_MS) {
    if (pause > 0) {
      tools.say(`${missing}; looking again in ${pause / 1000} s`)
      await tools.wait(pause)
    }
    missing = await look().catch(
      error =>
        `it could not be checked: ${error instanceof CommandError ? explainCosign(error).reason : messageOf(error)}`
    )
    if (missing === '') return ''
  }
  return missing
}

/**
 * True when a manifest that refers to the image has the bundle as a layer.
 * @param reference in the repository of the signatures.
 */
export async function lists(
  registry: Registry,
  reference: PinnedReference,
  bundleDigest: string,
  part?: ReferrersPart
): Promise<boolean> {
  for (const { digest } of (await registry.referrers(reference, part)).toReversed()) {
    const manifest = await registry.manifest(pin(reference, digest)).catch(nothingThere)
    const layers = asArray(manifest?.content['layers'], `manifest ${digest} layers`)
    if (layers.some(layer => asObject(layer, `manifest ${digest} layer`)['digest'] === bundleDigest)) return true
  }
  return false
}

/**
 * Says so when cosign by itself does not find what was made: of the list of referrers it reads the first page only
 * (google/go-containerregistry pkg/v1/remote/referrers.go).
 * @param reference in the repository of the signatures.
 */
export async function sayIfBeyondFirstPage(
  { registry, say }: Pick<SigningTools, 'registry' | 'say'>,
  reference: PinnedReference,
  bundleDigest: string
): Promise<void> {
  const pages = { pages: 1 }
  try {
    const [all, first] = await Promise.all([registry.referrers(reference), registry.referrers(reference, pages)])
    if (all.length === first.length || (await lists(registry, reference, bundleDigest, pages))) return
  } catch {
    return // It is there and good, which alone matters.
  }
  say(
    `${formatReference(reference)} has more signatures and attestations than the registry lists on one page, and cosign reads no further: verify/ finds the new one, \`cosign verify\` and admission controllers may not. Delete old attestations of this digest.`
  )
}

/** A list of referrers can name a manifest that was deleted since. */
function nothingThere(error: unknown): undefined {
  if (!isNotFound(error)) throw error
}

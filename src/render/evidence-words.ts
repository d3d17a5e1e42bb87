import type { Evidence, ImageOutcome } from './outcome.ts'
import { besideSignature } from './signature-words.ts'
import { capital } from './tables.ts'
import { listed, plural, withShortDigests } from './words.ts'

/** Platforms that are named. */
const MOST_PLATFORMS = 6

const NAMES: Readonly<Record<Evidence['type'], string>> = { sbom: 'SBOM', vuln: 'scan' }

/** Something that went wrong although the image is signed; a sentence without a full stop. */
export interface Failure {
  readonly reason: string
  readonly remedy?: string
}

/**
 * "attested: SBOM and scan for linux/amd64 and linux/arm64", "already attested: …", or why nothing was; empty where nothing was to be attested,
 * or where all that is to be said is a failure.
 */
export function attestedInWords(image: ImageOutcome): string {
  const { evidence = [], evidenceSkipped } = image
  if (evidenceSkipped !== undefined) return `not attested: ${besideSignature(evidenceSkipped, image)}`
  const states = [
    ['attested', 'attested'],
    ['already-attested', 'already attested']
  ] as const
  return states
    .flatMap(([state, word]) => {
      const groups = byPlatforms(evidence.filter(one => one.state === state))
      const said = groups.map(({ types, platforms }) => `${namesOf(types)} for ${someOf(platforms)}`)
      return said.length === 0 ? [] : [`${word}: ${said.join(', ')}`]
    })
    .join('; ')
}

/** "the signature is valid; the SBOM attestation of linux/arm64 failed: …", once for each reason; empty where nothing failed. */
export function evidenceFailures({ evidence = [] }: ImageOutcome): Failure[] {
  const reasons = Map.groupBy(
    evidence.filter(({ state }) => state === 'failed'),
    ({ reason = 'for an unknown reason', remedy = '' }) => JSON.stringify([reason, remedy])
  )
  return [...reasons.values()].flatMap(failed =>
    byPlatforms(failed).map(({ types, platforms }) => {
      const [{ reason = 'for an unknown reason', remedy } = {}] = failed
      const noun = types.length * platforms.length === 1 ? 'attestation' : 'attestations'
      return {
        reason: withShortDigests(
          `the signature is valid; the ${namesOf(types)} ${noun} of ${someOf(platforms)} failed: ${reason}`
        ),
        ...(remedy === undefined ? {} : { remedy })
      }
    })
  )
}

/** What failed, and what to do as a sentence of its own. */
export function failureInSentences({ reason, remedy }: Failure): string {
  const sentences = [reason, ...(remedy === undefined ? [] : [capital(remedy)])]
  return sentences.map(sentence => `${sentence.replace(/\.$/, '')}.`).join(' ')
}

/** "SBOM attestation failed"; empty where none did. */
export function failedEvidenceWord({ evidence = [] }: ImageOutcome): string {
  const failed = evidence.filter(({ state }) => state === 'failed')
  const types = [...new Set(failed.map(({ type }) => type))].sort()
  return failed.length === 0 ? '' : `${namesOf(types)} attestation${failed.length === 1 ? '' : 's'} failed`
}

/** Types with the platforms for which the same is to be said, those with the same platforms together. */
function byPlatforms(
  evidence: readonly Evidence[]
): { readonly types: readonly Evidence['type'][]; readonly platforms: readonly string[] }[] {
  const platformsOf = [...Map.groupBy(evidence, ({ type }) => type)].map(([type, of]) => ({
    type,
    platforms: of.map(({ platform }) => platform)
  }))
  const groups = Map.groupBy(platformsOf, ({ platforms }) => JSON.stringify(platforms.toSorted()))
  return [...groups.values()].map(group => ({
    types: group.map(({ type }) => type),
    platforms: group[0]?.platforms ?? []
  }))
}

function namesOf(types: readonly Evidence['type'][]): string {
  return listed(types.map(type => NAMES[type]))
}

function someOf(platforms: readonly string[]): string {
  const more = platforms.length - MOST_PLATFORMS
  return listed(more > 1 ? [...platforms.slice(0, MOST_PLATFORMS), plural(more, 'more platform')] : platforms)
}

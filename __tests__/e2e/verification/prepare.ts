import { randomBytes } from 'node:crypto'
import { pushImage } from '../../../world/images/images.ts'
import { world } from '../helpers/world.ts'
import { type Case, ON_BOTH_REGISTRIES, ON_ONE_REGISTRY } from './cases.ts'
import { isFault, startFaultyRegistry } from './faults.ts'
import { type Keys, make } from './make.ts'
import { TAMPER } from './tamper.ts'

/** A case on one of the world's registries. */
export interface PlacedCase extends Case {
  readonly name: string
  readonly registry: 'referrers' | 'plain'
}

/** A case whose image is there, with everything that was made and done. */
export interface PreparedCase extends PlacedCase {
  /** What to ask for. */
  readonly reference: string
}

/** All cases, each with a name that says all of it. */
export const CASES: readonly PlacedCase[] = [
  ...ON_BOTH_REGISTRIES.flatMap(one => [place(one, 'referrers'), place(one, 'plain')]),
  ...ON_ONE_REGISTRY.map(one => place(one, 'referrers'))
]

function place(one: Case, registry: PlacedCase['registry']): PlacedCase {
  const made = one.made.map(words).join(' + ') || 'nothing'
  const image = one.image === undefined ? '' : `${one.image}: `
  const done = one.tampering === undefined ? '' : `; ${one.tampering}`
  const where = registry === 'plain' ? ' (no Referrers API)' : ''
  return { ...one, registry, name: `${image}${made}${done}${where}; asked for ${words(one.trust)} → ${one.outcome}` }
}

/** The parts of a case as words: `sign bundle by key`. */
function words(part: object): string {
  return Object.entries(part)
    .map(([name, value]) => (value === true ? name : `${name} ${shownAs(value)}`))
    .join(', ')
}

function shownAs(value: unknown): string {
  if (Array.isArray(value)) return value.join(' or ')
  return typeof value === 'object' && value !== null ? words(value) : String(value)
}

/**
 * Pushes the image of a case and does to it what the case says, by the real cosign.
 * @param ended gets what is to be closed in the end.
 */
export async function prepareCase(
  one: PlacedCase,
  otherKeys: Keys,
  ended: (close: () => Promise<void>) => void
): Promise<PreparedCase> {
  const { registry, registryWithoutReferrers, tools } = world()
  const host = one.registry === 'plain' ? registryWithoutReferrers : registry
  const to = { crane: tools.crane, registry: host, repository: `matrix/${randomBytes(6).toString('hex')}` }
  const reference = await pushImage({ ...to, name: one.image === 'index' ? 'index' : 'eol' })
  const tamper = one.tampering === undefined ? undefined : TAMPER[one.tampering]
  const needsOther = tamper !== undefined
  const other = needsOther ? await pushImage({ ...to, name: 'empty', tag: 'released' }) : ''

  const signed = one.tampering === 'copied from another digest' ? [other] : [reference]
  if (one.tampering === 'signature swapped') signed.push(other)
  const faulty = isFault(one.tampering) ? await startFaultyRegistry(one.tampering, host) : undefined
  const asked = reference.replace(host, faulty?.host ?? host)
  const belongsTo = faulty === undefined ? undefined : asked.split('@')[0]
  for (const image of signed) for (const made of one.made) await make(made, image, otherKeys, belongsTo)
  if (tamper !== undefined) return { ...one, reference: await tamper({ reference, other }) }
  if (faulty !== undefined) ended(faulty.close)
  return { ...one, reference: asked }
}

import { PREDICATE_NAMES, PROVENANCE, predicateTypeOf, VULN } from '../lib/predicate-types.ts'
import { SEVERITIES } from '../report/severity.ts'
import { suggestion } from './nearest.ts'
import { parseSpan } from './span.ts'
import type { Demand } from './trust.ts'

/** What can be said of an attestation beside its type, in the policy file and in the input `attested`. */
export const DEMAND_KEYS = ['type', 'max-age', 'fail-on', 'ignore-unfixed', 'repository', 'workflow', 'ref'] as const

/** One of them. */
export type DemandKey = (typeof DEMAND_KEYS)[number]

/** A problem with the value of `key`: what is wrong and the remedy, without a full stop. */
export interface DemandProblem {
  readonly key: DemandKey
  readonly problem: string
}

/** Which types a condition can be asked of. */
const ONLY_FOR: Readonly<Partial<Record<DemandKey, readonly string[]>>> = {
  'max-age': [VULN, PROVENANCE],
  'fail-on': [VULN],
  'ignore-unfixed': [VULN],
  repository: [PROVENANCE],
  workflow: [PROVENANCE],
  ref: [PROVENANCE]
}

/** What each value must look like, and how that is said. */
const SHAPES: Readonly<Partial<Record<DemandKey, readonly [fits: (value: string) => boolean, example: string]>>> = {
  'max-age': [value => parseSpan(value) !== undefined, 'a number of minutes, hours or days, such as 30m, 12h or 7d'],
  'fail-on': [value => SEVERITIES.some(severity => severity === value), `one of ${SEVERITIES.join(', ')}`],
  'ignore-unfixed': [value => value === 'true' || value === 'false', 'true or false'],
  repository: [
    value => /^(https:\/\/[^\s/]+\/)?[\w.-]+\/[\w.-]+$/.test(value),
    'owner/name on github.com, or a URL such as https://github.example.com/owner/name'
  ],
  workflow: [
    value => /^[^\s@/.][^\s@]*\.ya?ml$|^\.github\/[^\s@]+\.ya?ml$/.test(value),
    'the path of the workflow file, such as .github/workflows/build.yml'
  ],
  ref: [value => /^refs\/[^\s/]\S*$/.test(value), 'a whole ref, such as refs/heads/main or refs/tags/v1.4.2']
}

/**
 * One demand from its words.
 * @param given what was said, by key.
 * @returns the demand without its signers, or the first thing that is wrong with it.
 */
export function demandOf(
  given: Readonly<Partial<Record<DemandKey, string>>>
): Omit<Demand, 'signedBy'> | DemandProblem {
  const problem = problemOf(given)
  if (problem !== undefined) return problem
  const { type = '', repository, workflow, ref } = given
  const maxAgeMs = parseSpan(given['max-age'] ?? '')
  const failOn = SEVERITIES.find(severity => severity === given['fail-on'])
  return {
    type,
    ignoreUnfixed: given['ignore-unfixed'] !== 'false',
    ...(maxAgeMs !== undefined && { maxAgeMs }),
    ...(failOn !== undefined && { failOn }),
    ...(repository !== undefined && { repository }),
    ...(workflow !== undefined && { workflow }),
    ...(ref !== undefined && { ref })
  }
}

function problemOf(given: Readonly<Partial<Record<DemandKey, string>>>): DemandProblem | undefined {
  const type = given.type ?? ''
  const ofType = problemOfType(type)
  if (ofType !== undefined) return { key: 'type', problem: ofType }
  for (const key of DEMAND_KEYS) {
    const value = given[key]
    if (value === undefined) continue
    const types = ONLY_FOR[key]
    if (types !== undefined && !types.includes(predicateTypeOf(type)))
      return { key, problem: `cannot be asked of ${type}, only of ${types.map(nameOfType).join(' and ')}; remove it` }
    const [fits, example] = SHAPES[key] ?? [() => true, '']
    if (!fits(value)) return { key, problem: `is ${JSON.stringify(value.slice(0, 80))}; it is ${example}` }
  }
  if (given['ignore-unfixed'] !== undefined && given['fail-on'] === undefined)
    return { key: 'ignore-unfixed', problem: 'means nothing without fail-on; give that too, or remove it' }
  return undefined
}

function problemOfType(type: string): string | undefined {
  if (PREDICATE_NAMES.includes(type) || /^https?:\/\/[^\s/]+\S*$/.test(type)) return undefined
  if (type === 'sbom') return 'is "sbom"; it is cyclonedx for what the input attest: sbom makes, spdxjson for SPDX'
  if (type === 'custom') return 'is "custom", which says nothing; give the URI of the predicate type'
  const hint = suggestion(type, PREDICATE_NAMES)
  return `is ${JSON.stringify(type.slice(0, 80))}; ${hint}${hint.endsWith('?') ? ' It can also be' : ', or'} the URI of a predicate type`
}

function nameOfType(uri: string): string {
  return PREDICATE_NAMES.find(name => predicateTypeOf(name) === uri) ?? uri
}

import { messageOf } from '../lib/errors.ts'
import { DEMAND_KEYS, type DemandKey, demandOf } from './demand.ts'
import { covers, type Match, matchOf, readMatch } from './match.ts'
import { signedByOf } from './signed-by.ts'
import type { Demand, Rule, SignedBy, TrustPolicy } from './trust.ts'
import { openYaml, type YamlFile } from './yaml-file.ts'

/** More than any policy has that people write; each is compared with all before it. */
const MAX_RULES = 1_000

/**
 * Reads a policy file; verify/policy.schema.json says the same to editors. It is strict, because what is mistyped would demand less.
 * @param name of the file, for people: it stands in errors and in the rules' `place`.
 * @throws UserError `name:line:column: what is wrong and the remedy`, without a full stop.
 */
export function parseTrustPolicy(text: string, name: string): TrustPolicy {
  const yaml = openYaml(text, name)
  const fields = yaml.map(yaml.root, 'a policy has version: 1 and images: with a list of rules', [
    'version',
    'images',
    'default'
  ])
  const version = fields.get('version')
  if (version === undefined) yaml.refuse(yaml.root, 'version is missing; write version: 1')
  if (yaml.number(version, 'version') !== 1) yaml.refuse(version, 'this version is not known; it is 1')
  const fallback = fields.get('default')
  if (fallback !== undefined && yaml.text(fallback, 'default') !== 'deny')
    yaml.refuse(fallback, 'default can only be deny; for all other images add a last rule with match: "**"')
  const what = 'images is a list of rules, such as - match: ghcr.io/acme/**'
  if (!fields.has('images')) yaml.refuse(yaml.root, `images is missing; ${what}`)
  const nodes = yaml.list(fields.get('images'), what)
  if (nodes.length > MAX_RULES)
    yaml.refuse(nodes[MAX_RULES], `a policy has at most ${MAX_RULES} rules; let one glob stand for several`)
  const rules: Rule[] = []
  for (const node of nodes) rules.push(ruleOf(node, rules, yaml))
  return { name, rules }
}

function ruleOf(node: unknown, earlier: readonly Rule[], yaml: YamlFile): Rule {
  const fields = yaml.map(node, 'a rule is a map with match and what is demanded', [
    'match',
    'signed-by',
    'attested',
    'pinned'
  ])
  const match = matchIn(node, fields.get('match'), earlier, yaml)
  const signedBy = fields.has('signed-by') ? signedByOf(fields.get('signed-by'), 'signature', yaml) : []
  const demands = fields.has('attested')
    ? yaml.list(fields.get('attested'), 'attested is a list of what must be attested, such as - type: vuln')
    : []
  const pinned = fields.has('pinned') && yaml.flag(fields.get('pinned'), 'pinned')
  if (signedBy.length === 0 && demands.length === 0 && !pinned)
    yaml.refuse(
      node,
      `this rule would let everything through that is called ${match}; give signed-by, attested or pinned: true`
    )
  const attested = demands.map(demand => attestedOf(demand, signedBy, yaml))
  return { match, place: yaml.placeOf(node), signedBy, attested, pinned }
}

function matchIn(rule: unknown, node: unknown, earlier: readonly Rule[], yaml: YamlFile): string {
  if (node === undefined)
    return yaml.refuse(rule, 'match is missing; it says of which images the rule is, such as ghcr.io/acme/**')
  const match = yaml.text(node, 'match')
  const read = readOrRefuse(match, node, yaml)
  const hiding = earlier.find(rule => covers(matchOf(rule), read))
  if (hiding !== undefined)
    yaml.refuse(
      node,
      `this rule never decides, as ${hiding.match} (${hiding.place}) comes first and takes all of ${match}; put this rule before that one, or remove it`
    )
  return match
}

function readOrRefuse(match: string, node: unknown, yaml: YamlFile): Match {
  try {
    return readMatch(match)
  } catch (error) {
    return yaml.refuse(node, `match ${JSON.stringify(match.slice(0, 80))} ${messageOf(error)}`)
  }
}

function attestedOf(node: unknown, inherited: readonly SignedBy[], yaml: YamlFile): Demand {
  const fields = yaml.map(node, 'a demand is a map with a type, such as { type: vuln, max-age: 7d }', [
    ...DEMAND_KEYS,
    'signed-by'
  ])
  if (!fields.has('type'))
    yaml.refuse(node, 'type is missing; it is vuln, cyclonedx, slsaprovenance1 or another predicate type')
  const given: Partial<Record<DemandKey, string>> = {}
  for (const key of DEMAND_KEYS) {
    const value = fields.get(key)
    if (value !== undefined)
      given[key] = key === 'ignore-unfixed' ? String(yaml.flag(value, key)) : yaml.text(value, key)
  }
  const demand = demandOf(given)
  if ('problem' in demand) return yaml.refuse(fields.get(demand.key), `${demand.key} ${demand.problem}`)
  const own = fields.get('signed-by')
  const signedBy = own === undefined ? inherited : signedByOf(own, 'attestation', yaml)
  if (signedBy.length === 0)
    yaml.refuse(node, `nothing says who must have attested ${demand.type}; give signed-by here or in the rule`)
  return { ...demand, signedBy }
}

import type { Finding, Occurrence, PlatformFinding, Secret, Vulnerability } from '../report/model.ts'
import { compileGlob } from './glob.ts'
import type { AcceptedRisk, Suppressed } from './policy.ts'
import { matchesPurl, parsePurl, tryParsePurl } from './purl.ts'

/** An accepted risk that counts today, made ready for matching. */
interface Rule {
  readonly risk: AcceptedRisk
  readonly acceptsKind: (kind: Finding['kind']) => boolean
  readonly acceptsPackage: (vulnerability: Vulnerability) => boolean
  readonly acceptsPath: (path: string) => boolean
  readonly acceptsPurl: (purl: string) => boolean
}

/**
 * Takes out the findings that somebody accepted in writing.
 *
 * Of a vulnerability only the occurrences that a risk speaks of are hidden; it remains with the others, and its severity remains that of all.
 * The first risk that matches is the one named. Nothing is hidden by accident: a risk with paths or package URLs does not match
 * where a finding has none.
 * @param findings in any order, which both results keep.
 * @param today `YYYY-MM-DD` in UTC. A risk no longer counts on the day on which it expires (Trivy: `exp:2023-01-01` ends at its first instant).
 * @throws Error for a glob or package URL that `parseIgnoreFile` would have refused.
 */
export function applyAccepted(
  findings: readonly PlatformFinding[],
  risks: readonly AcceptedRisk[],
  today: string
): { remaining: PlatformFinding[]; suppressed: Suppressed[] } {
  const rules = rulesById(risks.filter(({ expires }) => expires === undefined || today < expires))
  const remaining: PlatformFinding[] = []
  const suppressed: Suppressed[] = []
  for (const { finding, platforms } of findings) {
    const split = splitFinding(finding, rules.get(finding.id) ?? [])
    for (const hidden of split.hidden) suppressed.push({ ...hidden, platforms })
    if (split.rest !== undefined) remaining.push({ finding: split.rest, platforms })
  }
  return { remaining, suppressed }
}

function rulesById(risks: readonly AcceptedRisk[]): Map<string, Rule[]> {
  const rules = new Map<string, Rule[]>()
  for (const risk of risks) {
    const sameId = rules.get(risk.id) ?? []
    sameId.push(compile(risk))
    rules.set(risk.id, sameId)
  }
  return rules
}

function compile(risk: AcceptedRisk): Rule {
  const globs = risk.paths.map(compileGlob)
  const purls = risk.purls.map(parsePurl)
  return {
    risk,
    acceptsKind: kind => risk.kind === undefined || risk.kind === kind,
    acceptsPackage: ({ ecosystem, package: name }) =>
      risk.alert === undefined || (risk.alert.ecosystem === ecosystem && risk.alert.package === name),
    // Trivy itself writes paths with a leading slash for secrets and without one for packages, so people write both.
    acceptsPath: path =>
      globs.length === 0 || (path !== '' && globs.some(matches => matches(path) || matches(`/${path}`))),
    // To Trivy a finding without a package URL matches any. That would hide more than the rule says.
    acceptsPurl: purl => {
      if (purls.length === 0) return true
      const target = tryParsePurl(purl)
      return target !== undefined && purls.some(rule => matchesPurl(rule, target))
    }
  }
}

interface Split {
  /** What nobody accepted; undefined when nothing is left. */
  readonly rest: Finding | undefined
  readonly hidden: readonly Omit<Suppressed, 'platforms'>[]
}

function splitFinding(finding: Finding, rules: readonly Rule[]): Split {
  const candidates = rules.filter(rule => rule.acceptsKind(finding.kind))
  if (candidates.length === 0) return { rest: finding, hidden: [] }
  return finding.kind === 'secret' ? splitSecret(finding, candidates) : splitVulnerability(finding, candidates)
}

function splitSecret(secret: Secret, rules: readonly Rule[]): Split {
  const by = rules.find(
    ({ risk, ...rule }) => risk.alert === undefined && rule.acceptsPath(secret.path) && rule.acceptsPurl('')
  )
  return by === undefined
    ? { rest: secret, hidden: [] }
    : { rest: undefined, hidden: [{ finding: secret, by: by.risk }] }
}

function splitVulnerability(vulnerability: Vulnerability, rules: readonly Rule[]): Split {
  const rest: Occurrence[] = []
  const hidden = new Map<AcceptedRisk, Occurrence[]>()
  for (const occurrence of vulnerability.occurrences) {
    const by = rules.find(
      rule =>
        rule.acceptsPackage(vulnerability) && rule.acceptsPath(occurrence.path) && rule.acceptsPurl(occurrence.purl)
    )
    const place = by === undefined ? rest : (hidden.get(by.risk) ?? [])
    place.push(occurrence)
    if (by !== undefined) hidden.set(by.risk, place)
  }
  return {
    rest: rest.length === 0 ? undefined : withOccurrences(vulnerability, rest),
    hidden: [...hidden].map(([by, occurrences]) => ({ finding: withOccurrences(vulnerability, occurrences), by }))
  }
}

function withOccurrences(vulnerability: Vulnerability, occurrences: readonly Occurrence[]): Vulnerability {
  return { ...vulnerability, fixable: occurrences.some(({ fixed }) => fixed !== ''), occurrences }
}

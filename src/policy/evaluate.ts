import { countBySeverity, countsInWords } from '../report/counts.ts'
import {
  type Finding,
  type PlatformFinding,
  type PlatformScan,
  type Report,
  recognisedNothing
} from '../report/model.ts'
import { daysOfGrace } from './grace.ts'
import type { Policy, Verdict } from './policy.ts'
import { violationOf } from './violation.ts'

/** What is judged: one image. */
export interface Evidence {
  /** Every platform that was to be scanned. */
  readonly platforms: readonly PlatformScan[]
  /** What is wrong with the index (hidden or nested children and the like), each a sentence without a full stop. */
  readonly problems: readonly string[]
  /** Findings that nobody accepted. */
  readonly findings: readonly PlatformFinding[]
  readonly policy: Policy
  /** `YYYY-MM-DD` in UTC. */
  readonly today: string
}

/**
 * The verdict on one image. `incomplete` wins over everything else: what was not looked at may hold anything. Its reasons still
 * name, after what is missing, what was found. More findings never make a verdict better.
 */
export function evaluate(evidence: Evidence): Verdict {
  const missing = missingReasons(evidence)
  const violated = violatedReasons(evidence)
  if (missing.length > 0) return { result: 'incomplete', reasons: [...missing, ...violated] }
  return { result: violated.length > 0 ? 'fail' : 'pass', reasons: violated }
}

/**
 * True when this finding alone makes the verdict `fail`: a vulnerability that reaches `fail-on` and whose grace is over, or any that is known to
 * be exploited with `fail-on-known-exploited`, whatever its severity and without grace; in both cases only with a fix, unless
 * `ignore-unfixed: false`. A secret that reaches `fail-on-secret`.
 * @param today `YYYY-MM-DD` in UTC.
 */
export function failsGate(finding: Finding, policy: Policy, today: string): boolean {
  return violationOf(finding, policy) !== undefined && daysOfGrace(finding, policy, today) === undefined
}

function missingReasons({ platforms, problems }: Evidence): string[] {
  if (platforms.length === 0) return [...problems, 'no platform of the image was scanned']
  const failed = platforms.flatMap(({ platform, result }) =>
    result.complete ? [] : [{ platform, reason: result.reason }]
  )
  const byReason = [...Map.groupBy(failed, ({ reason }) => reason)]
  // The platform of the only image in a file or a daemon is known by its scan.
  const isNameless = platforms.length === 1 && platforms[0]?.platform === 'unknown'
  const unscanned = byReason.map(([reason, group]) => {
    const names = group.map(({ platform }) => platform).join(', ')
    return `${isNameless ? '' : `${names} `}not scanned: ${reason}`
  })
  return [...problems, ...unscanned]
}

function violatedReasons({ platforms, findings, policy, today }: Evidence): string[] {
  const scanned = platforms.flatMap(({ platform, result }) =>
    result.complete ? [{ platform, report: result.report }] : []
  )
  return [
    ...findingReasons(
      findings.filter(({ finding }) => failsGate(finding, policy, today)),
      policy
    ),
    ...(policy.failOnEol ? endOfLifeReasons(scanned) : []),
    ...(policy.failOnUnrecognised ? unrecognisedReasons(scanned) : [])
  ]
}

function findingReasons(failing: readonly PlatformFinding[], policy: Policy): string[] {
  const secrets = failing.filter(({ finding }) => finding.kind === 'secret')
  const vulnerabilities = failing.filter(({ finding }) => finding.kind === 'vulnerability')
  const { exploitation = [], severity = [] } = Object.groupBy(
    vulnerabilities,
    ({ finding }) => violationOf(finding, policy) ?? 'severity'
  )
  const noun = ['vulnerability', 'vulnerabilities'] as const
  const fix = policy.ignoreUnfixed ? ' with a fix' : ''
  return [
    ...reason(exploitation, noun, ` known to be exploited${fix && `,${fix}`} (fail-on-known-exploited)`),
    ...reason(severity, noun, `${fix} (fail-on: ${policy.failOn})`),
    ...reason(secrets, ['secret', 'secrets'], ` (fail-on-secret: ${policy.failOnSecret})`)
  ]
}

/** `1 critical and 2 high vulnerabilities with a fix (fail-on: high)`; nothing for no findings. */
function reason(failing: readonly PlatformFinding[], [one, many]: readonly [string, string], rest: string): string[] {
  if (failing.length === 0) return []
  return [`${countsInWords(countBySeverity(failing))} ${failing.length === 1 ? one : many}${rest}`]
}

interface Scanned {
  readonly platform: string
  readonly report: Report
}

function endOfLifeReasons(scanned: readonly Scanned[]): string[] {
  const platformsBySystem = new Map<string, string[]>()
  for (const { platform, report } of scanned) {
    if (!report.os?.endOfLife) continue
    const system = `${report.os.family} ${report.os.version}`.trim()
    platformsBySystem.set(system, [...(platformsBySystem.get(system) ?? []), platform])
  }
  return [...platformsBySystem].map(([system, platforms]) => {
    const where = platforms.length === scanned.length ? '' : ` on ${platforms.join(', ')}`
    return `${system} is out of support${where} (fail-on-eol)`
  })
}

function unrecognisedReasons(scanned: readonly Scanned[]): string[] {
  return scanned
    .filter(({ report }) => recognisedNothing(report))
    .map(
      ({ platform }) =>
        `nothing was recognised in ${platform}: no operating system and no packages (fail-on-unrecognised)`
    )
}

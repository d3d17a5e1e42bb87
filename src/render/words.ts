import type { Policy } from '../policy/policy.ts'
import { countBySeverity, countsInWords } from '../report/counts.ts'
import {
  type OperatingSystem,
  type PlatformFinding,
  type PlatformScan,
  type Report,
  recognisedNothing
} from '../report/model.ts'
import { SEVERITIES, type Threshold } from '../report/severity.ts'
import type { Gate, ImageOutcome, RunFacts } from './outcome.ts'

/**
 * What the gate demands, as a reader without the documentation understands it.
 * @param scope `new`: only what the baseline does not have counts.
 */
export function policyInWords(policy: Policy, onFail: RunFacts['onFail'], scope: Gate['scope'] = 'all'): string {
  const fresh = scope === 'new' ? 'new ' : ''
  const wanted = [
    ...(policy.failOn === 'none' ? [] : [orWorse(policy.failOn)]),
    ...(policy.failOnKnownExploited ? ['known to be exploited'] : [])
  ]
  const demands = [
    ...(wanted.length === 0
      ? []
      : [`${fresh}${policy.ignoreUnfixed ? 'fixable ' : ''}vulnerabilities (${wanted.join(', or ')})`]),
    ...(policy.failOnSecret === 'none' ? [] : [`${fresh}secrets (${orWorse(policy.failOnSecret)})`]),
    ...(policy.failOnEol ? ['an operating system out of support'] : []),
    ...(policy.failOnUnrecognised ? ['an image in which nothing is recognised'] : [])
  ]
  const verb = onFail === 'warn' ? 'warns of' : 'fails on'
  return demands.length === 0
    ? 'nothing fails; findings are only shown'
    : `${verb} ${listed(demands)}${graceOf(policy)}`
}

/** "; grace: 7 days for critical and 30 days for high", from the day of publication. */
function graceOf({ graceDays }: Policy): string {
  const terms = SEVERITIES.flatMap(severity => {
    const days = graceDays[severity] ?? 0
    return days === 0 ? [] : [`${plural(days, 'day')} for ${severity}`]
  })
  return terms.length === 0 ? '' : `; grace after publication: ${listed(terms)}`
}

function orWorse(threshold: Threshold): string {
  if (threshold === 'unknown') return 'any severity'
  return threshold === 'critical' ? 'critical' : `${threshold} or worse`
}

/** What a scan looked at: "debian 12.5; 105 debian and 230 npm packages", or that it recognised nothing. */
export function coverageInWords(report: Report): string {
  if (recognisedNothing(report)) return 'nothing was recognised: no operating system and no packages'
  const os = report.os === undefined ? 'no operating system' : osInWords(report.os)
  const packages = Object.entries(report.packages).sort(([, a], [, b]) => b - a)
  const named = packages.slice(0, 8).map(([ecosystem, count]) => `${count} ${ecosystem}`)
  if (packages.length > 8) named.push(`${packages.length - 8} more ecosystems`)
  return `${os}; ${named.length === 0 ? 'no packages' : `packages: ${named.join(', ')}`}`
}

/** "debian 12.5", "debian 10.13 is out of support". */
export function osInWords(os: OperatingSystem): string {
  return `${os.family} ${os.version}`.trim() + (os.endOfLife ? ' is out of support' : '')
}

/** Platforms of which the same is to be said. */
export interface Coverage {
  readonly platforms: string[]
  readonly complete: boolean
  /** True when there is something that readers should know before they trust the result. */
  readonly doubtful: boolean
  readonly text: string
}

/** What each platform was found to hold or why it was not scanned, those that agree named together. */
export function coverageByPlatform(scans: readonly PlatformScan[]): Coverage[] {
  const byText = new Map<string, Coverage>()
  for (const { platform, result } of scans) {
    const text = result.complete ? coverageInWords(result.report) : result.reason
    const doubtful = !result.complete || recognisedNothing(result.report) || result.report.os?.endOfLife === true
    const key = `${result.complete} ${text}`
    const same = byText.get(key)
    if (same === undefined) byText.set(key, { platforms: [platform], complete: result.complete, doubtful, text })
    else same.platforms.push(platform)
  }
  return [...byText.values()]
}

/** "5 (2 critical and 3 high)"; "2 critical" where all are of one severity; "none" where there are none. */
export function totalInWords(findings: readonly PlatformFinding[]): string {
  if (findings.length === 0) return 'none'
  const words = countsInWords(countBySeverity(findings))
  return words.startsWith(`${findings.length} `) ? words : `${findings.length} (${words})`
}

/** All findings of an image in words. Nothing found in an image that was not wholly scanned is nothing known. */
export function findingsInWords({ findings, verdict }: ImageOutcome): string {
  if (findings.length === 0 && verdict.result === 'incomplete') return 'unknown, as the image was not wholly scanned'
  return `${totalInWords(findings)}${verdict.result === 'incomplete' ? ' in what was scanned' : ''}`
}

/** Time between an RFC 3339 date and now: "3 hours", "5 days"; "of unknown age" where it is no date. */
export function ageInWords(date: string, now: Date): string {
  const hours = Math.floor((now.getTime() - Date.parse(date)) / 3_600_000)
  if (Number.isNaN(hours)) return 'of unknown age'
  if (hours < 1) return 'less than an hour old'
  return hours < 48 ? `${plural(hours, 'hour')} old` : `${plural(Math.floor(hours / 24), 'day')} old`
}

/** Whole days from now to the first moment (UTC) of `YYYY-MM-DD`; negative when it has passed. */
export function daysUntil(day: string, now: Date): number {
  return Math.ceil((Date.parse(day) - now.getTime()) / 86_400_000)
}

/** The first twelve hexadecimal digits, as people compare them: `sha256:1a2b3c4d5e6f`. */
export function shortDigest(digest: string): string {
  return digest.slice(0, 'sha256:'.length + 12)
}

/** A sentence with its digests as people read them; they stand whole in outputs and in the report. */
export function withShortDigests(text: string): string {
  return text.replace(/(sha256:[0-9a-f]{12})[0-9a-f]{52}(?![0-9a-f])/g, '$1')
}

/**
 * A path that is no longer than `max` characters where its last name allows: what is left out in the middle is `…`, the first directory
 * and the last ones stay. Of npm packages the file that is always the same (`package.json`) goes first.
 */
export function shortPath(path: string, max: number): string {
  const whole = path.replace(/(node_modules\/.+)\/package\.json$/, '$1')
  if (whole.length <= max) return whole
  const [first = '', ...rest] = whole.split('/')
  const ending = (count: number) => [first, '…', ...rest.slice(rest.length - count)].join('/')
  let kept = 1
  while (kept < rest.length && ending(kept + 1).length <= max) kept += 1
  return kept < rest.length ? ending(kept) : whole
}

/** "1 image", "2 images". */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** "a", "a and b", "a, b and c". */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

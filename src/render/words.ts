import type { Policy, Verdict } from '../policy/policy.ts'
import { countBySeverity, countsInWords } from '../report/counts.ts'
import {
  type OperatingSystem,
  type PlatformFinding,
  type PlatformScan,
  type Report,
  recognisedNothing
} from '../report/model.ts'
import type { Threshold } from '../report/severity.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'

/** What an image's outcome comes to. */
export interface Headline {
  /** ❌ where the step turns red, ⚠️ where it stays green with a doubt. The word for it always stands beside it. */
  readonly icon: '✅' | '❌' | '⚠️'
  /** The word under which several images are counted. */
  readonly group: 'failed' | 'incomplete' | 'signing failed' | 'passed with a warning' | 'passed'
  /** Plain text without a full stop; may hold what the image says, so it is escaped where it is used. */
  readonly text: string
}

/** Verdict and signature of one image in a line. */
export function headlineOf(image: ImageOutcome, run: RunFacts): Headline {
  const { verdict, signing } = image
  const signature = signatureWord(image)
  const text = `${wordOf(image, run)}${becauseOf(verdict)}; ${signature}`
  if (verdict.result === 'incomplete') return { icon: '❌', group: 'incomplete', text }
  if (signing.state === 'failed' || (isSigned(image) && !isVerified(image)))
    return { icon: '❌', group: 'signing failed', text }
  if (verdict.result === 'fail') return { icon: run.onFail === 'warn' ? '⚠️' : '❌', group: 'failed', text }
  const recognised = image.platforms.some(({ result }) => result.complete && !recognisedNothing(result.report))
  if (recognised) return { icon: '✅', group: 'passed', text }
  const doubt = `passed, but nothing was recognised in the image; ${signature}`
  return { icon: '⚠️', group: 'passed with a warning', text: doubt }
}

function wordOf({ verdict }: ImageOutcome, run: RunFacts): string {
  if (verdict.result === 'incomplete') return 'incomplete'
  if (verdict.result === 'pass') return 'passed'
  return run.onFail === 'warn' ? 'failed, as a warning only' : 'failed'
}

/** The first two reasons, without the inputs that they name: those stand under the headline. */
function becauseOf({ reasons }: Verdict): string {
  if (reasons.length === 0) return ''
  const shown = reasons.slice(0, 2).map(reason => reason.replace(/ \(fail-on[^()]*\)$/, ''))
  const more = reasons.length - shown.length
  return `: ${listed(more > 0 ? [...shown, plural(more, 'more reason')] : shown)}`
}

/** The verdicts of all images of a run in a line. */
export function headlineOfAll(images: readonly ImageOutcome[], run: RunFacts): Pick<Headline, 'icon' | 'text'> {
  const lines = images.map(image => headlineOf(image, run))
  const [only] = lines
  if (only !== undefined && lines.length === 1) return only
  const counts = Map.groupBy(lines, ({ group }) => group)
  const groups = GROUPS.flatMap(group => (counts.has(group) ? [`${counts.get(group)?.length} ${group}`] : []))
  const icon = (['❌', '⚠️'] as const).find(bad => lines.some(line => line.icon === bad)) ?? '✅'
  return { icon, text: `${plural(images.length, 'image')}: ${groups.join(', ')}` }
}

const GROUPS = ['incomplete', 'failed', 'signing failed', 'passed with a warning', 'passed'] as const

/** True when the image carries our signature, of this run or an earlier one. */
export function isSigned({ signing }: ImageOutcome): boolean {
  return signing.state === 'signed' || signing.state === 'already-signed'
}

/** True when that signature was proved to be in the registry and valid. */
export function isVerified({ signing }: ImageOutcome): boolean {
  return (signing.state === 'signed' || signing.state === 'already-signed') && signing.verified
}

/** Two or three words on the signature. */
export function signatureWord({ signing, verdict }: ImageOutcome): string {
  if (signing.state === 'failed') return 'signing failed'
  if (signing.state === 'skipped') {
    return signing.later && verdict.result === 'pass' ? 'will be signed after the merge' : 'not signed'
  }
  const signed = signing.state === 'signed' ? 'signed' : 'already signed'
  return signing.verified ? `${signed} and verified` : `${signed}, not verified`
}

/** A sentence on the signature, with formats or the reason. */
export function signingInWords(image: ImageOutcome): string {
  const { signing } = image
  const word = signatureWord(image)
  if (signing.state === 'skipped') return `${word}: ${signing.reason}`
  if (signing.state !== 'failed') return signing.formats.length === 0 ? word : `${word} (${signing.formats.join(', ')})`
  const done = signing.done.length === 0 ? '' : `; signed before it failed: ${listed(signing.done.slice(0, 10))}`
  return `${word}: ${signing.reason}${done}`
}

/** What the gate demands, as a reader without the documentation understands it. */
export function policyInWords(policy: Policy, onFail: RunFacts['onFail']): string {
  const fixable = policy.ignoreUnfixed ? 'fixable vulnerabilities' : 'vulnerabilities'
  const demands = [
    ...(policy.failOn === 'none' ? [] : [`${fixable} (${orWorse(policy.failOn)})`]),
    ...(policy.failOnSecret === 'none' ? [] : [`secrets (${orWorse(policy.failOnSecret)})`]),
    ...(policy.failOnEol ? ['an operating system out of support'] : []),
    ...(policy.failOnUnrecognised ? ['an image in which nothing is recognised'] : [])
  ]
  const verb = onFail === 'warn' ? 'warns of' : 'fails on'
  return demands.length === 0 ? 'nothing fails; findings are only shown' : `${verb} ${listed(demands)}`
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

/** "debian 10.13 (out of support)". */
function osInWords(os: OperatingSystem): string {
  return `${os.family} ${os.version}${os.endOfLife ? ' (out of support)' : ''}`
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

/** "5 (2 critical and 3 high)"; "none" where there are none. */
export function totalInWords(findings: readonly PlatformFinding[]): string {
  return findings.length === 0 ? 'none' : `${findings.length} (${countsInWords(countBySeverity(findings))})`
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

/** "1 image", "2 images". */
export function plural(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? '' : 's'}`
}

/** "a", "a and b", "a, b and c". */
export function listed(items: readonly string[]): string {
  return items.length < 2 ? items.join('') : `${items.slice(0, -1).join(', ')} and ${items.at(-1)}`
}

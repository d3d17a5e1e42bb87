import { evaluate } from '../policy/evaluate.ts'
import { daysOfGrace } from '../policy/grace.ts'
import { countBySeverity, countsInWords } from '../report/counts.ts'
import { type PlatformFinding, recognisedNothing } from '../report/model.ts'
import { SEVERITIES } from '../report/severity.ts'
import { failedEvidenceWord } from './evidence-words.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { promotionFailure } from './promotion-words.ts'
import { comparedWith, gateFindings, sectionsOf, splitFindings, todayOf } from './select.ts'
import { isSigned, isVerified, missedSignature, signatureWord } from './signature-words.ts'
import { listed, osInWords, plural } from './words.ts'

/** What an image's outcome comes to. */
export interface Headline {
  /** ❌ where the step turns red, ⚠️ where it stays green with a doubt. The word for it always stands beside it. */
  readonly icon: '✅' | '❌' | '⚠️'
  /** The word under which several images are counted. */
  readonly group: (typeof GROUPS)[number]
  /** Plain text without a full stop; may hold what the image says, so it is escaped where it is used. */
  readonly text: string
}

const GROUPS = [
  'incomplete',
  'failed',
  'signing failed',
  'signature check failed',
  'promotion failed',
  'failing as before',
  'passed with a warning',
  'passed'
] as const

/** What was found in one image, what of it this change did, and the signature, in a line. */
export function headlineOf(image: ImageOutcome, run: RunFacts): Headline {
  const { verdict, signing, gate } = image
  const signature = signatureWord(image)
  if (verdict.result === 'incomplete')
    return { icon: '❌', group: 'incomplete', text: `${incompleteInWords(image)}; ${signature}` }
  const result = resultInWords(image, run)
  if (signing.state === 'failed' || (isSigned(image) && !isVerified(image)))
    return { icon: '❌', group: 'signing failed', text: `${signature}; ${result}` }
  const isRed = gate.reasons.length > 0 && run.onFail === 'error'
  if (isRed) return { icon: '❌', group: 'failed', text: `${result}, ${signature}` }
  if (missedSignature(image) !== undefined)
    return { icon: '❌', group: 'signature check failed', text: `${signature}; ${result}` }
  if (promotionFailure(image) !== undefined)
    return { icon: '❌', group: 'promotion failed', text: `promotion failed; ${result}, ${signature}` }
  if (gate.reasons.length > 0) return { icon: '⚠️', group: 'failed', text: `${result}, ${signature}` }
  if (verdict.result === 'fail') return { icon: '⚠️', group: 'failing as before', text: `${result}: ${signature}` }
  const unattested = failedEvidenceWord(image)
  if (doubtOf(image, run) !== undefined || unattested !== '') {
    const text = [result, signature, unattested].filter(Boolean).join(', ')
    return { icon: '⚠️', group: 'passed with a warning', text }
  }
  return { icon: '✅', group: 'passed', text: `${result}, ${signature}` }
}

/** What the scan of an image that was wholly scanned comes to, whatever became of the signature. */
function resultInWords(image: ImageOutcome, run: RunFacts): string {
  if (image.gate.reasons.length > 0)
    return `${run.onFail === 'warn' ? 'would fail: ' : ''}${failuresInWords(image, run)}`
  if (image.verdict.result === 'fail') return asBeforeInWords(image, run)
  return doubtOf(image, run) ?? foundInWords(image, run)
}

/** The headlines of all images of a run in a line. */
export function headlineOfAll(images: readonly ImageOutcome[], run: RunFacts): Pick<Headline, 'icon' | 'text'> {
  const lines = images.map(image => headlineOf(image, run))
  const [only] = lines
  if (only !== undefined && lines.length === 1) return only
  const counts = Map.groupBy(lines, ({ group }) => group)
  const groups = GROUPS.flatMap(group => (counts.has(group) ? [`${counts.get(group)?.length} ${group}`] : []))
  const icon = (['❌', '⚠️'] as const).find(bad => lines.some(line => line.icon === bad)) ?? '✅'
  return { icon, text: `${plural(images.length, 'image')}: ${groups.join(', ')}` }
}

function incompleteInWords({ verdict: { reasons } }: ImageOutcome): string {
  const shown = reasons.slice(0, 2).map(withoutInput)
  const more = reasons.length - shown.length
  return `scan incomplete: ${listed(more > 0 ? [...shown, plural(more, 'more reason')] : shown)}`
}

/** "2 new fixable critical vulnerabilities and 1 critical secret", and what else turns the step red. */
function failuresInWords(image: ImageOutcome, run: RunFacts): string {
  const { policy } = run
  const evidence = { platforms: image.platforms, problems: [], findings: [], policy, today: todayOf(run) }
  const ofTheWhole = new Set(evaluate(evidence).reasons)
  const others = image.gate.reasons.filter(reason => ofTheWhole.has(reason)).map(withoutInput)
  const found = namesOf(gateFindings(image, run), run, image.gate.scope === 'new' ? 'new ' : '')
  // A gate whose findings are not to be seen is told in its own words.
  return listed(found.length + others.length > 0 ? [...found, ...others] : image.gate.reasons.map(withoutInput))
}

/** "no new findings; 2 fixable critical vulnerabilities were there before". */
function asBeforeInWords(image: ImageOutcome, run: RunFacts): string {
  const before = splitFindings(image, run).failing
  const found = namesOf(before, run, '')
  const rest = before.length === 0 ? listed(image.verdict.reasons.slice(0, 2).map(withoutInput)) : listed(found)
  return `${newInWords(image, run)}; ${rest} ${before.length === 1 || before.length === 0 ? 'was' : 'were'} there before`
}

/** What a reader must know of an image that passes. Of one in which nothing was recognised it is not said that nothing was found. */
function doubtOf(image: ImageOutcome, run: RunFacts): string | undefined {
  const reports = image.platforms.flatMap(({ result }) => (result.complete ? [result.report] : []))
  const found = foundInWords(image, run)
  if (reports.every(recognisedNothing)) {
    return `nothing was recognised in the image${image.findings.length === 0 ? '' : `; ${found}`}`
  }
  const systems = reports.flatMap(({ os }) => (os?.endOfLife ? [osInWords(os)] : []))
  return systems.length === 0 ? undefined : `${listed([...new Set(systems)].slice(0, 2))}; ${found}`
}

/** What was found in an image that passes. */
function foundInWords(image: ImageOutcome, run: RunFacts): string {
  const count = image.findings.length
  const compared = comparedWith(image)
  if (count > 0 && compared === undefined) {
    return `${plural(count, 'finding')}, ${count === 1 ? 'which does not fail' : 'none of which fails'} the gate${dueInWords(image, run)}`
  }
  const fixed = compared === undefined ? 0 : sectionsOf(image, run).fixed.length
  const found = count === 0 ? 'no findings' : newInWords(image, run)
  return `${found}${fixed === 0 ? '' : `, ${fixed} fixed`}${dueInWords(image, run)}`
}

function newInWords(image: ImageOutcome, run: RunFacts): string {
  const count = sectionsOf(image, run).added.length
  if (count === 0) return 'no new findings'
  return `${count} new ${count === 1 ? 'finding, which does not fail' : 'findings, none of which fails'} the gate`
}

/** ", 3 due, the first in 2 days": what fails as soon as its grace is over. */
function dueInWords(image: ImageOutcome, run: RunFacts): string {
  const days = image.findings.flatMap(({ finding }) => daysOfGrace(finding, run.policy, todayOf(run)) ?? [])
  if (days.length === 0) return ''
  const first = days.reduce((least, left) => Math.min(least, left), Number.POSITIVE_INFINITY)
  return `, ${days.length} due${days.length > 1 ? ', the first' : ''} in ${plural(first, 'day')}`
}

/** "2 new fixable critical vulnerabilities"; of several severities "3 new fixable vulnerabilities (1 critical and 2 high)". */
function namesOf(failing: readonly PlatformFinding[], { policy }: RunFacts, fresh: '' | 'new '): string[] {
  const { vulnerability = [], secret = [] } = Object.groupBy(failing, ({ finding }) => finding.kind)
  const fixable = policy.ignoreUnfixed ? 'fixable ' : ''
  return [
    ...counted(vulnerability, `${fresh}${fixable}`, ['vulnerability', 'vulnerabilities']),
    ...counted(secret, fresh, ['secret', 'secrets'])
  ]
}

function counted(
  findings: readonly PlatformFinding[],
  adjectives: string,
  [one, many]: readonly [string, string]
): string[] {
  if (findings.length === 0) return []
  const counts = countBySeverity(findings)
  const [only, ...others] = SEVERITIES.filter(severity => counts[severity] > 0)
  const exploited = findings.filter(({ finding }) => finding.kind === 'vulnerability' && finding.knownExploited).length
  const notes = [
    ...(others.length === 0 ? [] : [countsInWords(counts)]),
    ...(exploited === 0 ? [] : [`${exploited} known to be exploited`])
  ]
  const noun = `${others.length === 0 ? `${only} ` : ''}${findings.length === 1 ? one : many}`
  return [`${findings.length} ${adjectives}${noun}${notes.length === 0 ? '' : ` (${notes.join('; ')})`}`]
}

/** A reason without the input that it names: that stands in the policy's line. */
function withoutInput(reason: string): string {
  return reason.replace(/ \(fail-on[^()]*\)$/, '')
}

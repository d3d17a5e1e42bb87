import type { AcceptedRisk, Suppressed } from '../policy/policy.ts'
import { folded } from './blocks.ts'
import type { Part, Rows } from './budget.ts'
import { expiryCell, nameCell, placeCell, platformCell } from './cells.ts'
import { cell, code, link, prose } from './escape.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { scannedPlatforms } from './select.ts'
import { fitting, line, RANK, severityCell, table, type View } from './tables.ts'
import { daysUntil, plural } from './words.ts'

const SOON_DAYS = 14

/** Risks of the pull request itself at the top of its comment; with more of them the number says enough. */
const MOST_HERE = 40

/** What the pull request itself accepts, for the top of its comment: a reviewer approves it with the rest. Mostly nothing. */
export function acceptedHereParts(images: readonly ImageOutcome[], run: RunFacts, view: View): Part[] {
  const risks = distinct([...images.flatMap(({ suppressed }) => suppressed.map(({ by }) => by)), ...run.accepted])
  const unmatched = new Set(unmatchedRisks(images, run).map(keyOf))
  const here = risks.filter(({ byPullRequest }) => byPullRequest)
  if (here.length === 0) return []
  return [
    {
      rank: RANK.acceptedHere,
      before: `> [!WARNING]\n> **This pull request accepts ${plural(here.length, 'risk')}**\n>\n`,
      rows: here.slice(0, MOST_HERE).map(risk => `> - ${riskInWords(risk, unmatched.has(keyOf(risk)))}\n`),
      omitted: Math.max(0, here.length - MOST_HERE),
      after: '\n',
      more: dropped => `${plural(dropped, 'more risk')} that this pull request accepts, ${view.rest}.\n\n`
    }
  ]
}

function riskInWords(risk: AcceptedRisk, isUnmatched: boolean): string {
  const until = risk.expires === undefined ? '' : `, until ${cell(risk.expires, 20)}`
  const match = isUnmatched ? '; nothing was found that it matches' : ''
  return `${code(risk.id)}, ${prose(risk.reason, 200) || 'without a reason'} (${code(risk.source)}${until})${match}`
}

/** All accepted risks with what they hide, who says so, and until when; and those that hide nothing any more. */
export function acceptedParts(images: readonly ImageOutcome[], run: RunFacts, view: View): Part[] {
  const hidden = images.flatMap(image => image.suppressed.map(suppressed => ({ image, suppressed })))
  const unmatched = unmatchedRisks(images, run)
  if (hidden.length + unmatched.length === 0) return []
  const notes = [
    ...soon(distinct(hidden.map(({ suppressed }) => suppressed.by)), run.now),
    ...(unmatched.length === 0 ? [] : [`${unmatched.length} match${unmatched.length === 1 ? 'es' : ''} nothing`])
  ]
  const title = `Accepted risks: ${[`${hidden.length} found`, ...notes].join(', ')}`
  const intro = unmatched.length === 0 ? [] : ['Nothing was found that these match:\n\n']
  return folded(title, [acceptedTable(hidden, run, view), ...intro, unmatchedTable(unmatched, run, view)], view)
}

function acceptedTable(
  hidden: readonly { readonly image: ImageOutcome; readonly suppressed: Suppressed }[],
  run: RunFacts,
  view: View
): Rows {
  const severalImages = new Set(hidden.map(({ image }) => image.name)).size > 1
  const severalPlatforms = hidden.some(({ image }) => scannedPlatforms(image).length > 1)
  const { first, omitted } = fitting(hidden, view)
  const rows = first.map(({ image, suppressed: { finding, by, platforms } }) => {
    const subject = finding.kind === 'vulnerability' ? code(finding.package) : placeCell(finding, run, view)
    return line([
      ...(severalImages ? [code(image.name)] : []),
      `${severityCell(finding.severity)}<br>${nameCell(finding)}`,
      subject,
      reasonCell(by, run),
      sourceCell(by, run),
      ...(severalPlatforms ? [platformCell(platforms, scannedPlatforms(image))] : [])
    ])
  })
  const columns = ['Finding', 'Package or file', 'Reason', 'Accepted in']
  const all = [...(severalImages ? ['Image'] : []), ...columns, ...(severalPlatforms ? ['Platforms'] : [])]
  return { ...table(all, rows, RANK.accepted, view), omitted }
}

function unmatchedTable(risks: readonly AcceptedRisk[], run: RunFacts, view: View): Rows {
  const rows = risks.map(risk => line([code(risk.id), reasonCell(risk, run), sourceCell(risk, run)]))
  return table(['Finding', 'Reason', 'Accepted in'], rows, RANK.unmatched, view)
}

/** A VEX document's reason begins with one of its words: `not_affected`. */
function reasonCell(risk: AcceptedRisk, run: RunFacts): string {
  return cell(isVex(risk, run) ? risk.reason.replace(/^\w+/, status => status.replaceAll('_', ' ')) : risk.reason)
}

/** Who says so, and until when. */
function sourceCell(risk: AcceptedRisk, run: RunFacts): string {
  const file = `${isVex(risk, run) ? 'VEX ' : ''}${code(risk.source)}`
  const source = risk.alert === undefined ? file : link('dismissed alert', risk.alert.url, run.serverUrl)
  return risk.expires === undefined ? source : `${source}<br>until ${expiryCell(risk.expires, run.now)}`
}

/** What VEX documents say is read by the scanner, and so is not among the accepted risks that were read. */
function isVex(risk: AcceptedRisk, { accepted }: RunFacts): boolean {
  return risk.alert === undefined && accepted.every(one => keyOf(one) !== keyOf(risk))
}

/** Risks in force that hide nothing. A dismissed alert is none of them: GitHub closes it when what it is about is gone. */
function unmatchedRisks(images: readonly ImageOutcome[], run: RunFacts): AcceptedRisk[] {
  const matched = new Set(images.flatMap(({ suppressed }) => suppressed.map(({ by }) => keyOf(by))))
  return run.accepted.filter(risk => risk.alert === undefined && !matched.has(keyOf(risk)))
}

/** "1 expires in 6 days", "2 expire within 14 days"; nothing where none does soon. */
function soon(risks: readonly AcceptedRisk[], now: Date): string[] {
  const days = risks.flatMap(({ expires }) => (expires === undefined ? [] : [daysUntil(expires, now)]))
  const expiring = days.filter(left => left <= SOON_DAYS)
  const [first] = expiring
  if (first === undefined) return []
  return expiring.length === 1
    ? [`1 expires in ${plural(first, 'day')}`]
    : [`${expiring.length} expire within ${SOON_DAYS} days`]
}

function distinct(risks: readonly AcceptedRisk[]): AcceptedRisk[] {
  return [...new Map(risks.map(risk => [keyOf(risk), risk])).values()]
}

function keyOf({ source, id, kind, paths, purls, alert }: AcceptedRisk): string {
  return JSON.stringify([source, id, kind, paths, purls, alert])
}

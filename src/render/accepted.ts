import { MARKING } from '../policy/brought.ts'
import type { AcceptedRisk, Suppressed } from '../policy/policy.ts'
import { folded } from './blocks.ts'
import type { Part, Rows } from './budget.ts'
import { expiryCell, nameCell, placeCell, platformCell } from './cells.ts'
import { cell, code, link, prose } from './escape.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { scannedPlatforms } from './select.ts'
import { fitting, line, RANK, severityCell, table, type View } from './tables.ts'
import { keyOf, type UnusedRisks, unusedRisks } from './unused-risks.ts'
import { daysUntil, plural } from './words.ts'

const SOON_DAYS = 14

/** Risks of the pull request itself at the top of its comment; with more of them the number says enough. */
const MOST_HERE = 40

/** What the pull request itself accepts, for the top of its comment: a reviewer approves it with the rest. Mostly nothing. */
export function acceptedHereParts(images: readonly ImageOutcome[], run: RunFacts, view: View): Part[] {
  const risks = distinct([...images.flatMap(({ suppressed }) => suppressed.map(({ by }) => by)), ...run.accepted])
  const unused = unusedRisks(images, run)
  const here = risks.filter(({ byPullRequest }) => byPullRequest)
  if (here.length === 0) return perhapsHere(images, run)
  return [
    {
      rank: RANK.acceptedHere,
      before: `> [!WARNING]\n> **This pull request accepts ${plural(here.length, 'risk')}**\n>\n`,
      rows: here.slice(0, MOST_HERE).map(risk => `> - ${riskInWords(risk, unused)}\n`),
      omitted: Math.max(0, here.length - MOST_HERE),
      after: '\n',
      more: dropped => `${plural(dropped, 'more risk')} that this pull request accepts, ${view.rest}.\n\n`
    }
  ]
}

/** Where nobody knows what the pull request itself accepts, a reviewer must know that it may be all of it. */
function perhapsHere(images: readonly ImageOutcome[], run: RunFacts): Part[] {
  const hidden = images.flatMap(({ suppressed }) => suppressed.filter(({ by }) => by.alert === undefined))
  if (hidden.length === 0 || run.skipped.every(({ what }) => what !== MARKING)) return []
  const accepted = `${plural(hidden.length, 'finding')} ${hidden.length === 1 ? 'is' : 'are'} accepted`
  return [
    `> [!WARNING]\n> **${accepted}, perhaps by this pull request itself**: what its base accepts is not known\n\n`
  ]
}

function riskInWords(risk: AcceptedRisk, { expired, unmatched }: UnusedRisks): string {
  const until = risk.expires === undefined ? '' : `, until ${cell(risk.expires, 20)}`
  const reason = prose(reasonOf(risk), 200) || 'without a reason'
  const said = `${code(risk.id)}, ${reason} (${fileOf(risk)}${until})`
  if (expired.includes(risk)) return `${said}; it has expired`
  return unmatched.includes(risk) ? `${said}; nothing was found that it matches` : said
}

/** All accepted risks with what they hide, who says so, and until when; and those that hide nothing any more. */
export function acceptedParts(images: readonly ImageOutcome[], run: RunFacts, view: View): Part[] {
  const hidden = images.flatMap(image => image.suppressed.map(suppressed => ({ image, suppressed })))
  const { expired, unmatched } = unusedRisks(images, run)
  const unused = [...expired, ...unmatched]
  if (hidden.length + unused.length === 0) return []
  const notes = [
    ...soon(distinct(hidden.map(({ suppressed }) => suppressed.by)), run.now),
    ...(expired.length === 0 ? [] : [`${expired.length} ${expired.length === 1 ? 'has' : 'have'} expired`]),
    ...(unmatched.length === 0 ? [] : [`${unmatched.length} match${unmatched.length === 1 ? 'es' : ''} nothing`])
  ]
  const title = `Accepted risks: ${[`${hidden.length} found`, ...notes].join(', ')}`
  const intro = unused.length === 0 ? [] : [`${whyUnused({ expired, unmatched })}:\n\n`]
  return folded(title, [acceptedTable(hidden, run, view), ...intro, unusedTable(unused, run, view)], view)
}

function whyUnused({ expired, unmatched }: UnusedRisks): string {
  if (expired.length === 0) return 'Nothing was found that these match'
  return unmatched.length === 0 ? 'These have expired' : 'These have expired, or nothing was found that they match'
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
      cell(reasonOf(by)),
      sourceCell(by, run),
      ...(severalPlatforms ? [platformCell(platforms, scannedPlatforms(image))] : [])
    ])
  })
  const columns = ['Finding', 'Package or file', 'Reason', 'Accepted in']
  const all = [...(severalImages ? ['Image'] : []), ...columns, ...(severalPlatforms ? ['Platforms'] : [])]
  return { ...table(all, rows, RANK.accepted, view), omitted }
}

function unusedTable(risks: readonly AcceptedRisk[], run: RunFacts, view: View): Rows {
  const rows = risks.map(risk => line([code(risk.id), cell(reasonOf(risk)), sourceCell(risk, run)]))
  return table(['Finding', 'Reason', 'Accepted in'], rows, RANK.unmatched, view)
}

/** A VEX document's reason begins with one of its words: `not_affected`. */
function reasonOf({ vex, reason }: AcceptedRisk): string {
  return vex ? reason.replace(/^\w+/, status => status.replaceAll('_', ' ')) : reason
}

/** Who says so, and until when. */
function sourceCell(risk: AcceptedRisk, run: RunFacts): string {
  const source = risk.alert === undefined ? fileOf(risk) : link('dismissed alert', risk.alert.url, run.serverUrl)
  return risk.expires === undefined ? source : `${source}<br>until ${expiryCell(risk.expires, run.now)}`
}

function fileOf({ vex, source }: AcceptedRisk): string {
  return `${vex ? 'VEX ' : ''}${code(source)}`
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

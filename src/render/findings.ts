import { failsGate } from '../policy/evaluate.ts'
import type { PlatformFinding } from '../report/model.ts'
import type { Severity } from '../report/severity.ts'
import { folded, heading } from './blocks.ts'
import type { Part, Rows } from './budget.ts'
import { fixCell, nameCell, placeCell, platformCell, secretPathCell, urgencyCell, versionCell } from './cells.ts'
import { changeInWords } from './comparison-words.ts'
import { cell, code } from './escape.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { comparedWith, scannedPlatforms, sectionsOf, todayOf } from './select.ts'
import { fitting, line, RANK, severityCell, table, type View } from './tables.ts'
import { plural, totalInWords } from './words.ts'

/** What all tables of one image need. */
interface Setting {
  readonly image: ImageOutcome
  readonly run: RunFacts
  readonly view: View
}

type RankOf = (found: PlatformFinding) => number

/** The findings of an image: open what is new or fails the gate, folded the rest, counted what is not severe enough to be listed. */
export function findingParts(image: ImageOutcome, run: RunFacts, view: View): Part[] {
  const setting = { image, run, view }
  const { added, failing, others, fixed, hidden } = sectionsOf(image, run)
  const compared = comparedWith(image) !== undefined
  const today = todayOf(run)
  const fails = ({ finding }: PlatformFinding) => failsGate(finding, run.policy, today)
  const inGate = added.filter(fails).length
  const ofThem = inGate === 0 ? '' : `, of which ${inGate} fail${inGate === 1 ? 's' : ''} the gate`
  return [
    ...open(`${changeInWords(image, view).added}: ${totalInWords(added)}${ofThem}`, added, setting, found =>
      fails(found) ? RANK.failing : by(RANK.added, found)
    ),
    ...open(
      `${compared ? 'There before, and fails the gate' : 'Fails the gate'}: ${totalInWords(failing)}`,
      failing,
      setting,
      () => RANK.failing
    ),
    ...(others.length === 0 ? [] : foldedOthers(others, compared, setting)),
    ...(fixed.length === 0 ? [] : foldedFixed(fixed, setting)),
    ...(hidden === 0
      ? []
      : [`Counted but not listed: ${plural(hidden, 'finding')} below severity ${run.minSeverity}.\n\n`])
  ]
}

function open(title: string, found: readonly PlatformFinding[], setting: Setting, rankOf: RankOf): Part[] {
  if (found.length === 0) return []
  return [heading(title, setting.view), findingTable(found, setting, rankOf)]
}

function foldedOthers(others: readonly PlatformFinding[], compared: boolean, setting: Setting): Part[] {
  const title = compared ? changeInWords(setting.image, setting.view).unchanged : 'Does not fail the gate'
  const rows = findingTable(others, setting, found => by(RANK.unchanged, found))
  return folded(`${title}: ${totalInWords(others)}`, [rows], setting.view)
}

function foldedFixed(fixed: readonly PlatformFinding[], setting: Setting): Part[] {
  const change = changeInWords(setting.image, setting.view)
  return folded(`${change.fixed}: ${totalInWords(fixed)}`, [fixedTable(fixed, setting)], setting.view)
}

/**
 * Findings with what mends them and where they are. A comment is read in narrow windows, too: there each has three cells, which hold what
 * stands in five in an open document.
 */
function findingTable(found: readonly PlatformFinding[], setting: Setting, rankOf: RankOf): Rows {
  const { image, run, view } = setting
  const scanned = scannedPlatforms(image)
  const several = scanned.length > 1
  const { first, omitted } = fitting(found, view)
  const rows = first.map(({ finding, platforms }) => {
    const [urgency, name] = [urgencyCell(finding, run), nameCell(finding)]
    const [subject, fix] =
      finding.kind === 'secret' ? ['secret', 'revoke it'] : [code(finding.package), fixCell(finding, view)]
    return line([
      ...(view.open ? [urgency, name, subject, fix] : [`${urgency}<br>${name}`, `${subject}<br>${fix}`]),
      placeCell(finding, run, view),
      ...(several ? [platformCell(platforms, scanned)] : []),
      ...(view.titles ? [cell(finding.title)] : [])
    ])
  })
  const columns = view.open
    ? ['Severity', 'Finding', 'Package', 'Installed → Fixed', 'Where']
    : ['Finding', 'Package', 'Where']
  const all = [...columns, ...(several ? ['Platforms'] : []), ...(view.titles ? ['Title'] : [])]
  return { ...table(all, rows, first.map(rankOf), view), omitted }
}

/** What is gone, with the versions that were installed. */
function fixedTable(fixed: readonly PlatformFinding[], { image, view }: Setting): Rows {
  const scanned = scannedPlatforms(image)
  const several = scanned.length > 1
  const { first, omitted } = fitting(fixed, view)
  const rows = first.map(({ finding, platforms }) => {
    const was =
      finding.kind === 'secret'
        ? `secret ${secretPathCell(finding)}`
        : `${code(finding.package)} ${versionCell(finding)}`
    const cells = [severityCell(finding.severity), nameCell(finding), was]
    return line(several ? [...cells, platformCell(platforms, scanned)] : cells)
  })
  const columns = ['Severity', 'Finding', 'Was in', ...(several ? ['Platforms'] : [])]
  return { ...table(columns, rows, RANK.fixed, view), omitted }
}

function by(ranks: Readonly<Record<Severity, number>>, { finding }: PlatformFinding): number {
  return ranks[finding.severity]
}

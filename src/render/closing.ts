import type { AcceptedRisk } from '../policy/policy.ts'
import { fenced, folded } from './blocks.ts'
import type { Part, Rows } from './budget.ts'
import { code, link, prose } from './escape.ts'
import type { ImageOutcome, RunFacts, Skipped } from './outcome.ts'
import { scannedPlatforms } from './select.ts'
import { RANK, unmatchedTable, type View } from './tables.ts'
import { ageInWords, plural } from './words.ts'

/** What stands once at the end: accepted risks that match nothing, what was not done and why, links, versions. */
export function closingParts(images: readonly ImageOutcome[], run: RunFacts, view: View): Part[] {
  const parts: Part[] = []
  const unmatched = unmatchedRisks(images, run)
  if (unmatched.length > 0) {
    const rows = unmatchedTable(unmatched, view, run.now)
    parts.push(...folded(`Accepted risks that match nothing: ${unmatched.length}`, [rows], view))
  }
  const notDone = notDoneOf(images, run)
  if (notDone.length > 0) parts.push('**Not done**\n\n', notDoneRows(notDone, view))
  return [...parts, footerOf(images, run)]
}

function unmatchedRisks(images: readonly ImageOutcome[], run: RunFacts): AcceptedRisk[] {
  const key = ({ source, id, kind, paths, purls }: AcceptedRisk): string =>
    JSON.stringify([source, id, kind, paths, purls])
  const matched = new Set(images.flatMap(image => image.suppressed.map(({ by }) => key(by))))
  return run.accepted.filter(risk => !matched.has(key(risk)))
}

/** What the run could not do, with what could not be signed for want of something that can be mended; each once. */
function notDoneOf(images: readonly ImageOutcome[], run: RunFacts): Skipped[] {
  const unsigned = images.flatMap(({ signing }): Skipped[] => {
    if (!('remedy' in signing) || signing.remedy === undefined) return []
    return [{ what: 'signature', reason: signing.reason, remedy: signing.remedy }]
  })
  const all = [...run.skipped, ...unsigned]
  return [...new Map(all.map(skipped => [`${skipped.what}: ${skipped.reason}`, skipped])).values()]
}

function notDoneRows(skipped: readonly Skipped[], view: View): Rows {
  const rows = skipped.map(({ what, reason, remedy }) => {
    const said = `- **${prose(what, 60)}**: ${prose(reason, 600)}\n`
    if (remedy === undefined) return said
    if (!isYaml(remedy)) return `- **${prose(what, 60)}**: ${prose(reason, 600)}. ${prose(capitalised(remedy), 600)}\n`
    return `${said}\n${fenced(remedy, 'yaml')
      .trimEnd()
      .replace(/^(?=.)/gm, '  ')}\n`
  })
  return { rank: RANK.notDone, before: '', rows, after: '\n', more: dropped => `${dropped} more ${view.rest}.\n\n` }
}

/** A remedy is a line or a block to be written into the workflow, or a sentence that says what to do. */
function isYaml(remedy: string): boolean {
  return /^[\w-]+:( |$)/m.test(remedy.split('\n')[0] ?? '')
}

function capitalised(sentence: string): string {
  return sentence.charAt(0).toUpperCase() + sentence.slice(1)
}

function footerOf(images: readonly ImageOutcome[], run: RunFacts): string {
  const server = URL.parse(run.runUrl)?.origin
  const uploaded = run.skipped.every(({ what }) => what !== 'code scanning')
  const alerts = uploaded ? [link('Code scanning alerts', run.alertsUrl, server)] : []
  const links = [link('Workflow run', run.runUrl, server), ...alerts]
  const cosign = run.versions.cosign === undefined ? [] : [`cosign ${prose(run.versions.cosign, 40)}`]
  const scanned = images.reduce((sum, image) => sum + scannedPlatforms(image).length, 0)
  const facts = [
    `commit ${code(run.sha.slice(0, 7))}`,
    `Trivy ${prose(run.versions.trivy, 40)}`,
    `vulnerability database ${ageInWords(run.databaseUpdatedAt, run.now)}`,
    ...cosign,
    `${plural(scanned, 'platform')} scanned`,
    `left out of the scan by input: ${
      run.leftOut.length === 0
        ? 'nothing'
        : run.leftOut
            .slice(0, 20)
            .map(item => code(item))
            .join(', ')
    }`
  ]
  return `${links.join(' · ')}\n\n<sub>${facts.join(' · ')}</sub>\n`
}

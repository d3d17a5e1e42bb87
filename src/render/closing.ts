import { fenced } from './blocks.ts'
import type { Part, Rows } from './budget.ts'
import { code, link, prose, proseWithCode, proseWithDigests } from './escape.ts'
import { evidenceFailures } from './evidence-words.ts'
import type { ImageOutcome, RunFacts, Skipped } from './outcome.ts'
import { promotionFailure } from './promotion-words.ts'
import { missedSignature } from './signature-words.ts'
import { capital, RANK, type View } from './tables.ts'
import { ageInWords, withShortDigests } from './words.ts'

/** What stands once at the end: what was not done and why, links, and what the result rests on. */
export function closingParts(images: readonly ImageOutcome[], run: RunFacts, view: View): Part[] {
  const notDone = notDoneOf(images, run, view)
  const parts: Part[] = notDone.length === 0 ? [] : ['**Not done**\n\n', notDoneRows(notDone, view)]
  return [...parts, linksOf(run, view), footerOf(run, notDone)]
}

/**
 * What the run could not do, with what could not be signed, attested or promoted for want of something that can be mended; each once. An open
 * document also says what was asked for and not to be done.
 */
function notDoneOf(images: readonly ImageOutcome[], run: RunFacts, { open }: View): Skipped[] {
  const mendable = images.flatMap(image => {
    const { signing, promotion } = image
    const missed = missedSignature(image)
    return [
      ...mending('signature', missed ?? ('reason' in signing ? signing : undefined)),
      ...evidenceFailures(image).flatMap(failure => mending('attestation', failure)),
      ...mending('promotion', promotion?.state === 'skipped' ? promotion : promotionFailure(image))
    ]
  })
  const all = [...run.skipped, ...mendable, ...(open ? images.flatMap(notToBeDone) : [])]
  return [...new Map(all.map(skipped => [`${skipped.what}: ${skipped.reason}`, skipped])).values()]
}

/** What was asked for, although this event or this verdict is none for it. What comes after the merge is not missed. */
function notToBeDone({ signing, evidenceSkipped, promotion }: ImageOutcome): Skipped[] {
  if (signing.state === 'skipped' && signing.later) return []
  return [
    ...(evidenceSkipped === undefined ? [] : [{ what: 'attestation', reason: withShortDigests(evidenceSkipped) }]),
    ...(promotion?.state !== 'skipped' || promotion.failed || promotion.remedy !== undefined
      ? []
      : [{ what: 'promotion', reason: withShortDigests(promotion.reason) }])
  ]
}

/** What went wrong, if it is known what mends it: elsewhere only the reason stands. */
function mending(what: string, failure: { readonly reason: string; readonly remedy?: string } | undefined): Skipped[] {
  if (failure?.remedy === undefined) return []
  return [{ what, reason: withShortDigests(failure.reason), remedy: failure.remedy }]
}

function notDoneRows(skipped: readonly Skipped[], view: View): Rows {
  const rows = skipped.map(({ what, reason, remedy }) => {
    const said = `- **${prose(what, 60)}**: ${proseWithDigests(reason, 600)}`
    if (remedy === undefined) return `${said}\n`
    if (!isYaml(remedy)) return `${said}. ${proseWithCode(capital(remedy), 600)}\n`
    return `${said}\n\n${fenced(remedy, 'yaml')
      .trimEnd()
      .replace(/^(?=.)/gm, '  ')}\n`
  })
  return { rank: RANK.notDone, before: '', rows, after: '\n', more: dropped => `${dropped} more ${view.rest}.\n\n` }
}

/** A remedy is a line or a block to be written into the workflow, or a sentence that says what to do. */
function isYaml(remedy: string): boolean {
  return /^[\w-]+:( |$)/m.test(remedy.split('\n')[0] ?? '')
}

function linksOf(run: RunFacts, view: View): string {
  const uploaded = run.skipped.every(({ what }) => what !== 'code scanning')
  const links = [
    link(view.open ? 'Workflow run' : 'Job summary', run.runUrl, run.serverUrl),
    ...(uploaded ? [link('Code scanning alerts', run.alertsUrl, run.serverUrl)] : [])
  ]
  return `${links.join(' · ')}\n\n`
}

function footerOf(run: RunFacts, notDone: readonly Skipped[]): string {
  const { trivy, cosign } = run.versions
  const leftOut = run.leftOut.slice(0, 20).map(item => code(item))
  const facts = [
    `commit ${code(run.sha.slice(0, 7))}`,
    `Trivy ${prose(trivy, 40)}, database ${ageInWords(run.databaseUpdatedAt, run.now)}`,
    ...(cosign === undefined ? [] : [`cosign ${prose(cosign, 40)}`]),
    leftOut.length === 0 ? 'nothing left out of the scan' : `left out of the scan: ${leftOut.join(', ')}`,
    ...(notDone.length === 0
      ? []
      : [
          `not done: ${notDone
            .slice(0, 10)
            .map(({ what }) => prose(what, 60))
            .join(', ')}`
        ])
  ]
  return `<sub>${facts.join(' · ')}</sub>\n`
}

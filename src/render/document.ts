import type { AcceptedRisk } from '../policy/policy.ts'
import { fenced, folded } from './blocks.ts'
import type { Part } from './budget.ts'
import { closingParts } from './closing.ts'
import { cell, code, prose } from './escape.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { splitFindings } from './select.ts'
import {
  acceptedTable,
  countTable,
  line,
  platformTable,
  RANK,
  secretTable,
  table,
  type View,
  vulnerabilityTable
} from './tables.ts'
import {
  coverageByPlatform,
  daysUntil,
  findingsInWords,
  headlineOf,
  headlineOfAll,
  isSigned,
  plural,
  policyInWords,
  shortDigest,
  signingInWords,
  totalInWords
} from './words.ts'

const SOON_DAYS = 14

/** Comment or summary with a section for each image. */
export function detailedDocument(images: readonly ImageOutcome[], run: RunFacts, view: View): Part[] {
  const single = images.length === 1
  return [
    titleOf(images, run, view),
    ...(single ? [] : [`${policyFact(run)}\n\n`]),
    ...images.flatMap(image => [
      ...(single ? [] : [imageHeading(image, run, view)]),
      factsOf(image, run, view, single),
      ...(view.open ? [platformTable(image, view)] : []),
      ...findingParts(image, run, view),
      ...verifyParts(image, view)
    ]),
    ...closingParts(images, run, view)
  ]
}

/** The same with a row for each image, for when there are so many that their sections do not fit. */
export function compactDocument(images: readonly ImageOutcome[], run: RunFacts, view: View): Part[] {
  const rows = images.map(image => {
    const { icon, text } = headlineOf(image, run)
    return line([identity(image, view), `${icon} ${cell(text)}`, cell(totalInWords(image.findings))])
  })
  return [
    titleOf(images, run, view),
    `${policyFact(run)}\n\n`,
    table(['Image', 'Verdict', 'Findings'], rows, RANK.images, view),
    ...closingParts(images, run, view)
  ]
}

function titleOf(images: readonly ImageOutcome[], run: RunFacts, view: View): string {
  const { icon, text } = headlineOfAll(images, run)
  return `${'#'.repeat(view.level)} ${icon} imgguard: ${prose(text, 250)}\n\n`
}

function imageHeading(image: ImageOutcome, run: RunFacts, view: View): string {
  const { icon, text } = headlineOf(image, run)
  return `${'#'.repeat(view.level + 1)} ${icon} ${code(image.name, 200)}: ${prose(text, 250)}\n\n`
}

function policyFact(run: RunFacts): string {
  return `**Policy**: ${prose(policyInWords(run.policy, run.onFail))}`
}

function factsOf(image: ImageOutcome, run: RunFacts, view: View, alone: boolean): string {
  const reasons = image.verdict.reasons
  const key = !isSigned(image) || run.keyFingerprint === undefined ? '' : `, key ${code(run.keyFingerprint)}`
  const facts = [
    ...(alone ? [policyFact(run)] : []),
    ...(reasons.length > 1
      ? [
          `**Verdict**: ${reasons
            .slice(0, 10)
            .map(reason => prose(reason, 300))
            .join('; ')}`
        ]
      : []),
    `**Image**: ${identity(image, view)}`,
    `**Signature**: ${prose(signingInWords(image), 800)}${key}`,
    ...coverageFacts(image),
    `**Findings**: ${findingsInWords(image)}${image.suppressed.length === 0 ? '' : `, besides ${plural(image.suppressed.length, 'accepted risk')}`}`
  ]
  return `${facts.map(fact => `- ${fact}\n`).join('')}\n`
}

function identity(image: ImageOutcome, view: View): string {
  if (image.digest === undefined) return code(image.name, 200)
  const others =
    image.references.length > 1
      ? `, given as ${image.references
          .slice(0, 10)
          .map(name => code(name, 200))
          .join(', ')}`
      : ''
  return `${code(image.name, 200)} at ${code(view.wholeDigests ? image.digest : shortDigest(image.digest))}${others}`
}

function coverageFacts(image: ImageOutcome): string[] {
  return coverageByPlatform(image.platforms)
    .slice(0, 10)
    .map(({ platforms, complete, doubtful, text }) => {
      const named = platforms.slice(0, 10).map(platform => code(platform, 40))
      if (platforms.length > named.length) named.push(`+${platforms.length - named.length}`)
      const fact = complete ? 'Looked at' : 'Not scanned'
      return `**${fact}** ${named.join(', ')}: ${doubtful ? '⚠️ Warning: ' : ''}${prose(text, 400)}`
    })
}

function findingParts(image: ImageOutcome, run: RunFacts, view: View): Part[] {
  const { failing, others } = splitFindings(image, run)
  const hidden = image.findings.length - failing.length - others.length
  const parts: Part[] = []
  if (image.findings.length > 0) parts.push(countTable(image))
  if (failing.length > 0) {
    parts.push(`**Findings that fail the gate: ${totalInWords(failing)}**\n\n`)
    parts.push(secretTable(failing, image, view, RANK.failing), vulnerabilityTable(failing, image, view, RANK.failing))
  }
  if (others.length > 0) {
    const tables = [
      secretTable(others, image, view, RANK.otherSecrets),
      vulnerabilityTable(others, image, view, RANK.others)
    ]
    parts.push(...folded(`Findings that do not fail the gate: ${totalInWords(others)}`, tables, view))
  }
  if (hidden > 0)
    parts.push(`Counted but not listed: ${plural(hidden, 'finding')} below severity ${run.minSeverity}.\n\n`)
  if (image.suppressed.length > 0) {
    const title = `Accepted risks: ${image.suppressed.length}${soon(
      image.suppressed.map(({ by }) => by),
      run.now
    )}`
    parts.push(...folded(title, [acceptedTable(image.suppressed, view, run.now)], view))
  }
  return parts
}

function soon(risks: readonly AcceptedRisk[], now: Date): string {
  const expiring = risks.filter(({ expires }) => expires !== undefined && daysUntil(expires, now) <= SOON_DAYS).length
  return expiring === 0 ? '' : `, of which ${expiring} within ${SOON_DAYS} days of expiry`
}

function verifyParts(image: ImageOutcome, view: View): Part[] {
  if (image.verifyCommand === undefined) return []
  return folded('How to verify the signature', [fenced(image.verifyCommand, 'sh')], view)
}

import { countBySeverity } from '../report/counts.ts'
import type { PlatformFinding } from '../report/model.ts'
import { SEVERITIES } from '../report/severity.ts'
import type { Part, Rows } from './budget.ts'
import { changeInWords } from './comparison-words.ts'
import { cell, code, prose, proseWithDigests } from './escape.ts'
import { attestedInWords, evidenceFailures } from './evidence-words.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { promotedInWords, promotionFailure } from './promotion-words.ts'
import { comparedWith, fixableOf } from './select.ts'
import { missedSignature, signerOf, signingInWords } from './signature-words.ts'
import { capital, line, RANK, table, type View } from './tables.ts'
import { coverageByPlatform, coverageInWords, policyInWords, shortDigest, totalInWords } from './words.ts'

const MOST_NAMES = 10

/** What was demanded of which image: policy, image at digest, platforms, baseline. */
export function subjectLine(image: ImageOutcome, run: RunFacts, view: View): string {
  const baseline = comparedWith(image)
  const facts = [
    policyFact(image, run),
    identity(image, view),
    names(image.platforms.map(({ platform }) => platform)),
    ...(baseline === undefined
      ? []
      : [`compared with ${(baseline.signedScan ? prose : code)(baseline.reference, 300)}`])
  ]
  return `${facts.filter(fact => fact !== '').join(' · ')}\n\n`
}

function policyFact(image: ImageOutcome, run: RunFacts): string {
  return `Policy: ${prose(policyInWords(run.policy, run.onFail, image.gate.scope), 400)}`
}

/** The image with its digest, and by which other names it was given. As one word it would hold an `@`, which is a mention. */
export function identity(image: ImageOutcome, view: View): string {
  const digest = image.digest === undefined ? '' : view.wholeDigests ? image.digest : shortDigest(image.digest)
  const others = image.references.length > 1 ? `, given as ${names(image.references)}` : ''
  return `${code(image.name, 200)}${digest === '' ? '' : ` at ${code(digest)}`}${others}`
}

/** What must be known before the numbers are believed; nothing for most images. */
export function warningParts(image: ImageOutcome): Part[] {
  const { baseline, platforms, signing, verdict } = image
  const promotion = promotionFailure(image)
  const isBad = signing.state === 'failed' || missedSignature(image) !== undefined
  const doubtful = coverageByPlatform(platforms).filter(coverage => coverage.complete && coverage.doubtful)
  const warnings = [
    ...(verdict.result === 'incomplete' ? verdict.reasons : [])
      .slice(0, MOST_NAMES)
      .map(reason => `❌ ${prose(reason, 400)}`),
    ...doubtful
      .slice(0, MOST_NAMES)
      .map(coverage => `⚠️ Warning: ${names(coverage.platforms)}: ${prose(coverage.text, 400)}`),
    ...(isBad ? [`❌ ${proseWithDigests(capital(signingInWords(image)), 800)}`] : []),
    ...evidenceFailures(image)
      .slice(0, MOST_NAMES)
      .map(({ reason }) => `⚠️ Warning: ${proseWithDigests(reason, 800)}`),
    ...(promotion === undefined ? [] : [`❌ Promotion failed: ${proseWithDigests(promotion.reason, 800)}`]),
    ...(baseline?.state === 'none' ? [`Not compared, so every finding counts: ${prose(baseline.reason, 400)}`] : [])
  ]
  return warnings.length === 0 ? [] : [`${warnings.map(warning => `- ${warning}\n`).join('')}\n`]
}

/** What was looked at, the signature with its reason, and what followed it: what most readers need not know. */
export function factsLine(image: ImageOutcome, run: RunFacts): string {
  const coverage = coverageByPlatform(image.platforms)
    .filter(({ doubtful }) => !doubtful)
    .slice(0, MOST_NAMES)
  const alone = image.platforms.length === 1
  const looked = coverage.map(({ platforms, text }) => `${alone ? '' : `${names(platforms)}: `}${prose(text, 400)}`)
  const isBad = image.signing.state === 'failed' || missedSignature(image) !== undefined
  const after = [attestedInWords(image), promotedInWords(image)].filter(Boolean)
  const facts = [
    ...(looked.length === 0 ? [] : [`Looked at ${looked.join('; ')}`]),
    ...(isBad ? [] : [signatureFact(image, run)]),
    ...after.map(text => proseWithDigests(capital(text), 800))
  ]
  return facts.length === 0 ? '' : `${facts.join(' · ')}\n\n`
}

/** The signature and whose it is, as far as that is known. */
function signatureFact(image: ImageOutcome, run: RunFacts): string {
  return `${proseWithDigests(capital(signingInWords(image)), 800)}${signerFact(image, run)}`
}

/** ", key SHA256:…", or whose identity it is; empty where this run signed nothing. */
function signerFact(image: ImageOutcome, run: RunFacts): string {
  const signer = signerOf(image, run)
  if (signer === undefined) return ''
  if ('keyFingerprint' in signer) return `, key ${code(signer.keyFingerprint)}`
  return `, identity ${code(signer.identity, 300)} (issuer ${code(signer.issuer, 200)})`
}

/** Findings by severity: those of this change where there is a baseline, all, and how many of them can be fixed. */
export function countTable(image: ImageOutcome, view: View): string {
  const { findings, verdict } = image
  const baseline = comparedWith(image)
  const change = changeInWords(image, view)
  const secrets = findings.filter(({ finding }) => finding.kind === 'secret')
  const total = verdict.result === 'incomplete' ? 'Total in what was scanned' : 'Total in image'
  const rows: (readonly [string, readonly PlatformFinding[]])[] = [
    ...(baseline === undefined
      ? []
      : ([
          [`**${change.added}**`, baseline.added],
          [change.fixed, baseline.fixed]
        ] as const)),
    [baseline === undefined ? `**${total}**` : total, findings],
    ...(findings.length === 0 ? [] : [['of which fixable', fixableOf(findings)] as const]),
    ...(secrets.length === 0 ? [] : [['of which secrets', secrets] as const])
  ]
  const counted = rows.map(([title, found]) => ({ title, counts: countBySeverity(found) }))
  const shown = SEVERITIES.filter(
    severity => severity !== 'unknown' || counted.some(({ counts }) => counts.unknown > 0)
  )
  const lines = counted.map(({ title, counts }) => line([title, ...shown.map(severity => `${counts[severity]}`)]))
  return `${line(['', ...shown.map(capital)])}|---|${'--:|'.repeat(shown.length)}\n${lines.join('')}\n`
}

/** Each platform with its own digest, what it holds and how many findings it has. */
export function platformTable(image: ImageOutcome, view: View): Rows {
  const rows = image.platforms.map(({ platform, digest, result }) => {
    const found = image.findings.filter(({ platforms }) => platforms.includes(platform))
    const coverage = result.complete
      ? cell(coverageInWords(result.report), 300)
      : `not scanned: ${cell(result.reason, 200)}`
    const total = result.complete ? totalInWords(found) : 'unknown'
    return line([code(platform, 40), total, coverage, code(shortDigest(digest ?? ''))])
  })
  return table(['Platform', 'Findings', 'What it holds', 'Digest'], rows, RANK.platforms, view)
}

/** The first ten, as code, and how many more there are. */
function names(all: readonly string[]): string {
  const shown = all.slice(0, MOST_NAMES).map(name => code(name, 200))
  return `${shown.join(', ')}${all.length > MOST_NAMES ? `, +${all.length - MOST_NAMES}` : ''}`
}

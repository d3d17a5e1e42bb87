import { attestedInWords, evidenceFailures } from '../render/evidence-words.ts'
import { headlineOf } from '../render/headline.ts'
import type { Baseline, ImageOutcome, RunFacts } from '../render/outcome.ts'
import { promotedInWords, promotionFailure } from '../render/promotion-words.ts'
import { planOf } from '../render/select.ts'
import { signerOf, signingInWords } from '../render/signature-words.ts'
import { effectInWords, todaysBase, type UrgentStep } from '../render/steps.ts'
import { capital } from '../render/tables.ts'
import { coverageByPlatform, listed, plural, policyInWords, shortDigest, totalInWords } from '../render/words.ts'
import { countBySeverity, fixableCount } from '../report/counts.ts'
import { SEVERITIES } from '../report/severity.ts'
import { html, type Markup } from './html.ts'
import { type Grouping, titleOf } from './plan.ts'

/** Steps of a plan that are open at once; the others are folded. */
const FIRST_STEPS = 6
const MOST_STEPS = 500

const TONES = { '✅': 'good', '❌': 'bad', '⚠️': 'doubtful' } as const

/** Verdict, numbers and facts of one image. */
export function imageSection(image: ImageOutcome, run: RunFacts): Markup {
  const { icon, text } = headlineOf(image, run)
  return html`<section class="card image ${TONES[icon]}">
<h2>${image.name}</h2>
<p class="verdict"><strong>${icon} ${capital(text)}</strong></p>
${image.platforms.some(({ result }) => result.complete) ? tiles(image) : undefined}
<dl class="facts">
${fact('Image', html`${listed(image.references)}`)}
${image.digest === undefined ? undefined : fact('Digest', html`<code>${image.digest}</code>`)}
${fact('Signature', html`${signingInWords(image)}${signerFact(image, run)}`)}
${trustFacts(image)}
${fact('Policy', html`${policyInWords(run.policy, run.onFail, image.gate.scope)}`)}
${image.baseline === undefined ? undefined : fact('Compared with', baselineInWords(image.baseline))}
${rebuildFact(image)}
${coverageByPlatform(image.platforms).map(({ platforms, complete, text }) =>
  fact(platforms.join(', '), complete ? html`${text}` : html`<strong>not scanned</strong>: ${text}`)
)}
${image.verifyCommand === undefined ? undefined : fact('Verify', html`<pre>${lines(image.verifyCommand)}</pre>`)}
</dl>
</section>`
}

/** Whose certificate signed it; a key's fingerprint stands at the end of the page. */
function signerFact(image: ImageOutcome, run: RunFacts): Markup | undefined {
  const signer = signerOf(image, run)
  if (signer === undefined || 'keyFingerprint' in signer) return undefined
  return html`, identity <code>${signer.identity}</code> (issuer <code>${signer.issuer}</code>)`
}

/** What is attested and promoted, and what failed of it. */
function trustFacts(image: ImageOutcome): Markup[] {
  const evidence = [attestedInWords(image), ...evidenceFailures(image).map(({ reason }) => reason)].filter(Boolean)
  const failure = promotionFailure(image)
  const promotion = [promotedInWords(image), failure === undefined ? '' : `failed: ${failure.reason}`].filter(Boolean)
  return [
    ...(evidence.length === 0 ? [] : [fact('Evidence', html`${evidence.join('; ')}`)]),
    ...(promotion.length === 0 ? [] : [fact('Promotion', html`${promotion.join('; ')}`)])
  ]
}

/** Now, and against the baseline. */
function tiles({ findings, baseline }: ImageOutcome): Markup {
  const now = countBySeverity(findings)
  const [added, fixed] =
    baseline?.state === 'compared' ? [countBySeverity(baseline.added), countBySeverity(baseline.fixed)] : []
  const shown = SEVERITIES.filter(severity => severity !== 'unknown' || now.unknown > 0)
  return html`<ul class="tiles">${shown.map(
    severity => html`<li class="tile ${severity} ${now[severity] === 0 ? 'none' : ''}">
<b>${now[severity]}</b> <span>${severity}</span>
${added && fixed && html`<small>${change(added[severity], 'new')} ${change(fixed[severity], 'fixed')}</small>`}
</li>`
  )}<li class="tile fixable"><b>${fixableCount(findings)}</b> <span>fixable</span></li></ul>`
}

function change(count: number, word: 'new' | 'fixed'): Markup {
  return html`<span class="${count === 0 ? 'none' : word}">${count} ${word}</span>`
}

function baselineInWords(baseline: Baseline): Markup {
  if (baseline.state === 'none') return html`nothing: ${baseline.reason}`
  const { reference, digest, added, fixed } = baseline
  return html`${reference} <code>${shortDigest(digest)}</code>: ${added.length} new, ${fixed.length} fixed`
}

function rebuildFact({ rebuild }: ImageOutcome): Markup | undefined {
  if (rebuild === undefined) return undefined
  if (rebuild.state === 'current') return fact('Base image', html`${rebuild.base}, built on today's`)
  if (rebuild.state === 'unknown') return fact('Base image', html`not compared: ${rebuild.reason}`)
  const fixes = rebuild.fixes.length === 0 ? 'nothing' : totalInWords(rebuild.fixes)
  return fact('Base image', html`there is a newer one; a rebuild ${todaysBase(rebuild, rebuild.base)} fixes ${fixes}`)
}

function fact(name: string, value: Markup): Markup {
  return html`<dt>${name}</dt><dd>${value}</dd>\n`
}

function lines(text: string): Markup[] {
  return text.split('\n').map((line, i) => html`${i === 0 ? '' : html`\n  `}${line}`)
}

/**
 * What to do, each step a button that shows its findings.
 * @param steps in their order.
 * @param placeOf the group of a step, which its button names.
 */
export function planSection(
  images: readonly ImageOutcome[],
  steps: readonly UrgentStep[],
  placeOf: Grouping['placeOf']
): Markup | undefined {
  const waiting = images.reduce((sum, image) => sum + planOf(image).waiting.length, 0)
  if (steps.length + waiting === 0) return undefined
  const items = steps.slice(0, MOST_STEPS).map(one => {
    const { step, image } = one
    const where = images.length > 1 ? html` in ${image.name}` : ''
    return html`<li><button type="button" data-step="${placeOf(step)}" aria-pressed="false">
<b>${titleOf(step)}</b> <span>${effectInWords(one)}${where}</span></button></li>`
  })
  const more = items.slice(FIRST_STEPS)
  const left = steps.length - items.length
  return html`<section class="card plan" id="plan"><h2>What to do</h2>
<ol class="steps">${items.slice(0, FIRST_STEPS)}</ol>
${more.length === 0 ? undefined : folded(more)}
${left === 0 ? undefined : html`<p class="note">${plural(left, 'more step')} in the table, grouped by fix.</p>`}
${waiting === 0 ? undefined : html`<p class="note">Nothing to do yet about ${waiting} more: no fix is known.</p>`}
</section>`
}

function folded(steps: readonly Markup[]): Markup {
  return html`<details><summary>${plural(steps.length, 'more step')}</summary><ol class="steps">${steps}</ol></details>`
}

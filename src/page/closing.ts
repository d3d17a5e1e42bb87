import type { ImageOutcome, RunFacts } from '../render/outcome.ts'
import { unusedRisks } from '../render/unused-risks.ts'
import { ageInWords } from '../render/words.ts'
import { html, type Markup } from './html.ts'

const MOST = 100

/** What stands at the end: what was not done, accepted risks that hide nothing, versions. */
export function closing(images: readonly ImageOutcome[], run: RunFacts): Markup {
  return html`${notDone(run)}${unused(images, run)}<footer>
<span>Trivy ${run.versions.trivy}</span>
<span>vulnerability database ${ageInWords(run.databaseUpdatedAt, run.now)}</span>
${run.versions.cosign === undefined ? undefined : html`<span>cosign ${run.versions.cosign}</span>`}
${run.keyFingerprint === undefined ? undefined : html`<span>key <code>${run.keyFingerprint}</code></span>`}
<span>shown from severity ${run.minSeverity}</span>
<span>left out of the scan by input: ${run.leftOut.slice(0, 20).join(', ') || 'nothing'}</span>
</footer>`
}

function notDone({ skipped }: RunFacts): Markup | undefined {
  if (skipped.length === 0) return undefined
  return html`<section class="card"><h2>Not done</h2><ul>${skipped
    .slice(0, MOST)
    .map(({ what, reason }) => html`<li><b>${what}</b>: ${reason}</li>`)}</ul></section>`
}

function unused(images: readonly ImageOutcome[], run: RunFacts): Markup | undefined {
  const { expired, unmatched } = unusedRisks(images, run)
  const risks = [...expired, ...unmatched]
  if (risks.length === 0) return undefined
  const items = risks.slice(0, MOST).map(({ id, source, reason, expires }, index) => {
    const end = expires === undefined ? '' : `, ${index < expired.length ? 'expired' : 'until'} ${expires}`
    return html`<li><code>${id}</code> in <code>${source}</code>${reason === '' ? '' : `: ${reason}`}${end}</li>`
  })
  const more = risks.length - items.length
  return html`<section class="card"><h2>Accepted risks that hide nothing: ${risks.length}</h2><ul>${items}${
    more > 0 ? html`<li>${more} more</li>` : undefined
  }</ul></section>`
}

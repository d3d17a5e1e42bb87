import type { AcceptedRisk } from '../policy/policy.ts'
import type { ImageOutcome, RunFacts } from '../render/outcome.ts'
import { ageInWords } from '../render/words.ts'
import { html, type Markup } from './html.ts'

const MOST = 100

/** What stands at the end: what was not done, accepted risks that match nothing, versions. */
export function closing(images: readonly ImageOutcome[], run: RunFacts): Markup {
  return html`${notDone(run)}${unmatched(images, run)}<footer>
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

function unmatched(images: readonly ImageOutcome[], run: RunFacts): Markup | undefined {
  const matched = new Set(images.flatMap(({ suppressed }) => suppressed.map(({ by }) => keyOf(by))))
  const risks = run.accepted.filter(risk => !matched.has(keyOf(risk)))
  if (risks.length === 0) return undefined
  const items = risks.slice(0, MOST).map(({ id, source, reason, expires }) => {
    const said = `${reason === '' ? '' : `: ${reason}`}${expires === undefined ? '' : `, until ${expires}`}`
    return html`<li><code>${id}</code> in <code>${source}</code>${said}</li>`
  })
  const more = risks.length - items.length
  return html`<section class="card"><h2>Accepted risks that match nothing: ${risks.length}</h2><ul>${items}${
    more > 0 ? html`<li>${more} more</li>` : undefined
  }</ul></section>`
}

function keyOf({ source, id, kind, paths, purls }: AcceptedRisk): string {
  return JSON.stringify([source, id, kind, paths, purls])
}

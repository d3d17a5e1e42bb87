import type { Finding } from '../report/model.ts'
import { cleanEnd, plain } from './escape.ts'
import { attestedInWords, evidenceFailures } from './evidence-words.ts'
import { headlineOf } from './headline.ts'
import { type MarkedFinding, markFindings } from './marked.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { promotedInWords, promotionFailure } from './promotion-words.ts'
import { comparedWith, gateFindings, planOf, scannedPlatforms, versionChanges } from './select.ts'
import { signingInWords } from './signature-words.ts'
import { todaysBase } from './steps.ts'
import { coverageByPlatform, findingsInWords, plural, policyInWords, totalInWords } from './words.ts'

/** Findings shown in the log for each image. */
export const TABLE_ROWS = 50

/** Steps of the fix plan that are shown for each image. */
const MOST_STEPS = 5

/**
 * What the log shows of each image: facts, what to do, and a plain-text table of findings: new ones that fail the gate first, then others that fail
 * it, then new ones. Rows seldom exceed 120 columns. Every line begins with a word or two spaces, and none can be taken for a workflow command.
 */
export function renderTable(images: readonly ImageOutcome[], run: RunFacts): string {
  return images.map(image => imageText(image, run)).join('\n')
}

function imageText(image: ImageOutcome, run: RunFacts): string {
  const rows = markFindings(image, run)
  const hidden = image.findings.length - rows.length
  const facts = [
    fact('verdict', headlineOf(image, run).text),
    fact('policy', policyInWords(run.policy, run.onFail, image.gate.scope)),
    fact('signature', signingInWords(image)),
    ...trustLines(image),
    ...coverageByPlatform(image.platforms).map(({ platforms, complete, text }) =>
      fact(complete ? 'looked at' : 'not scanned', `${plain(platforms.join(', '), 200)}: ${text}`)
    ),
    fact(
      'findings',
      `${findingsInWords(image)}; failing the gate: ${totalInWords(gateFindings(image, run))}; accepted: ${image.suppressed.length}`
    ),
    ...comparisonLines(image),
    ...rebuildLines(image),
    ...planLines(image)
  ]
  return `${[
    `image        ${plain(image.name, 200)}${image.digest === undefined ? '' : `@${plain(image.digest)}`}`,
    ...facts,
    ...columns(rows.slice(0, TABLE_ROWS), scannedPlatforms(image)),
    ...(rows.length > TABLE_ROWS ? [`  ${rows.length - TABLE_ROWS} more in the job summary`] : []),
    ...(hidden > 0 ? [`  ${hidden} below severity ${run.minSeverity} not listed`] : [])
  ].join('\n')}\n`
}

function fact(name: string, text: string): string {
  return `  ${name.padEnd(11)}  ${plain(text)}`
}

/** What is attested and promoted, and what failed of it. */
function trustLines(image: ImageOutcome): string[] {
  const promotion = promotionFailure(image)
  const lines = [
    ['evidence', attestedInWords(image)],
    ...evidenceFailures(image).map(({ reason }) => ['evidence', reason] as const),
    ['promotion', promotedInWords(image)],
    ['promotion', promotion === undefined ? '' : `failed: ${promotion.reason}`]
  ] as const
  return lines.flatMap(([name, text]) => (text === '' ? [] : [fact(name, text)]))
}

function comparisonLines(image: ImageOutcome): string[] {
  if (image.baseline?.state === 'none') return [fact('compared', `with nothing: ${image.baseline.reason}`)]
  const compared = comparedWith(image)
  if (compared === undefined) return []
  const { reference, added, fixed, before } = compared
  const change = `new ${totalInWords(added)}, fixed ${totalInWords(fixed)}, before ${before.length}`
  return [fact('compared', `with ${reference}: ${change}`)]
}

function rebuildLines({ rebuild }: ImageOutcome): string[] {
  if (rebuild === undefined) return []
  if (rebuild.state === 'unknown') return [fact('rebuild', `not known what it would change: ${rebuild.reason}`)]
  if (rebuild.state === 'current') return [fact('rebuild', `would change nothing: ${rebuild.base} is today's already`)]
  const fixes = rebuild.fixes.length === 0 ? 'fixes nothing' : `alone fixes ${totalInWords(rebuild.fixes)}`
  return [fact('rebuild', `${todaysBase(rebuild, rebuild.base)} ${fixes}`)]
}

/** What to do, most useful first. */
function planLines(image: ImageOutcome): string[] {
  const { steps, waiting } = planOf(image)
  const raises = steps.filter(step => step.kind === 'raise')
  const lines = raises.slice(0, MOST_STEPS).map(step => {
    const change = `${step.package} ${step.from.slice(0, 3).join(', ')} → ${step.to}`
    return fact('raise', `${plain(change, 150)} fixes ${totalInWords(step.fixes)}`)
  })
  const more = raises.length - lines.length
  return [
    ...lines,
    ...(more > 0 ? [fact('raise', `${plural(more, 'more package')} to raise, in the job summary`)] : []),
    ...(waiting.length > 0 ? [fact('wait', `no fix yet for ${totalInWords(waiting)}`)] : [])
  ]
}

interface Column {
  readonly title: string
  /** Longest cell in UTF-16 units. */
  readonly widest: number
  readonly cell: (row: MarkedFinding) => string
  /** Which end of a long cell is worth more. */
  readonly keep?: 'end'
}

const COLUMNS: readonly Column[] = [
  { title: 'SEVERITY', widest: 8, cell: ({ found }) => found.finding.severity },
  { title: 'STATE', widest: 21, cell: stateOf },
  { title: 'FINDING', widest: 24, cell: ({ found }) => found.finding.id },
  {
    title: 'PACKAGE',
    widest: 24,
    cell: ({ found: { finding } }) => (finding.kind === 'secret' ? 'secret' : finding.package)
  },
  { title: 'INSTALLED → FIXED', widest: 36, cell: ({ found: { finding } }) => changesOf(finding) },
  { title: 'WHERE', widest: 30, cell: ({ found: { finding } }) => placesOf(finding), keep: 'end' }
]

function columns(rows: readonly MarkedFinding[], scanned: readonly string[]): string[] {
  if (rows.length === 0) return []
  const platforms: Column = {
    title: 'PLATFORMS',
    widest: 30,
    cell: ({ found }) => (found.platforms.length === scanned.length ? 'all' : found.platforms.join(', '))
  }
  const all = scanned.length > 1 ? [...COLUMNS, platforms] : COLUMNS
  const shown = all
    .map(column => [column.title, ...rows.map(row => shorten(column.cell(row), column))])
    // A column in which nothing stands, such as STATE for an image without failing and new findings, says nothing.
    .filter(([, ...cells]) => cells.some(text => text !== ''))
  const widths = shown.map(cells => Math.max(...cells.map(({ length }) => length)))
  return [undefined, ...rows].map((_, index) =>
    `  ${shown.map((cells, column) => (cells[index] ?? '').padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()
  )
}

function shorten(text: string, { widest, keep }: Column): string {
  return plain(keep === 'end' ? cleanEnd(text, widest) : text, widest)
}

function stateOf({ fails, isNew, isExploited }: MarkedFinding): string {
  return [...(isNew ? ['new'] : []), ...(fails ? ['fails'] : []), ...(isExploited ? ['exploited'] : [])].join(', ')
}

function changesOf(finding: Finding): string {
  return finding.kind === 'secret' ? '' : andMore(versionChanges(finding.occurrences))
}

/** The line of the repository that brought it in, where that is known; else where it lies in the image. */
function placesOf(finding: Finding): string {
  if (finding.kind === 'secret') {
    if (finding.source !== undefined) return `${finding.source.file}:${finding.source.line}`
    return finding.line > 0 ? `${finding.path}:${finding.line}` : finding.path
  }
  const places = finding.occurrences.map(({ path, source }) =>
    source === undefined ? path || `${finding.ecosystem} package` : `${source.file}:${source.line}`
  )
  return andMore([...new Set(places)])
}

function andMore(texts: readonly string[]): string {
  return texts.length > 1 ? `${texts[0]}, +${texts.length - 1}` : (texts[0] ?? '')
}

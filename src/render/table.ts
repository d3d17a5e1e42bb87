import type { PlatformFinding } from '../report/model.ts'
import { plain } from './escape.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { scannedPlatforms, splitFindings, versionChanges } from './select.ts'
import {
  coverageByPlatform,
  findingsInWords,
  headlineOf,
  policyInWords,
  signingInWords,
  totalInWords
} from './words.ts'

/** Findings shown in the log for each image. */
export const TABLE_ROWS = 50

const WIDEST = 60

/**
 * What the log shows of each image: facts, and a plain-text table of findings, those that fail the gate first.
 * Every line begins with a word or two spaces, and none can be taken for a workflow command.
 */
export function renderTable(images: readonly ImageOutcome[], run: RunFacts): string {
  return images.map(image => imageText(image, run)).join('\n')
}

function imageText(image: ImageOutcome, run: RunFacts): string {
  const { failing, others } = splitFindings(image, run)
  const shown = [...failing, ...others]
  const hidden = image.findings.length - shown.length
  const lines = [
    `image        ${plain(image.name, 200)}${image.digest === undefined ? '' : `@${plain(image.digest)}`}`,
    `  verdict      ${plain(headlineOf(image, run).text, 300)}`,
    `  policy       ${policyInWords(run.policy, run.onFail)}`,
    `  signature    ${plain(signingInWords(image))}`,
    ...coverageByPlatform(image.platforms).map(
      ({ platforms, complete, text }) =>
        `  ${complete ? 'looked at  ' : 'not scanned'}  ${plain(platforms.join(', '), 200)}: ${plain(text)}`
    ),
    `  findings     ${findingsInWords(image)}; failing the gate: ${totalInWords(failing)}; accepted: ${image.suppressed.length}`,
    ...columns(shown.slice(0, TABLE_ROWS), failing.length, scannedPlatforms(image).length > 1),
    ...(shown.length > TABLE_ROWS ? [`  ${shown.length - TABLE_ROWS} more in the job summary`] : []),
    ...(hidden > 0 ? [`  ${hidden} below severity ${run.minSeverity} not listed`] : [])
  ]
  return `${lines.join('\n')}\n`
}

function columns(shown: readonly PlatformFinding[], failing: number, showPlatforms: boolean): string[] {
  if (shown.length === 0) return []
  const head = [
    'SEVERITY',
    'GATE',
    'FINDING',
    'PACKAGE',
    'INSTALLED → FIXED',
    'WHERE',
    ...(showPlatforms ? ['PLATFORMS'] : [])
  ]
  const rows = shown.map((found, index) => {
    const cells = cellsOf(found, index < failing)
    return (showPlatforms ? [...cells, found.platforms.join(', ')] : cells).map(text => plain(text, WIDEST))
  })
  const widths = head.map((title, column) => Math.max(title.length, ...rows.map(row => row[column]?.length ?? 0)))
  return [head, ...rows].map(row =>
    `  ${row.map((text, column) => text.padEnd(widths[column] ?? 0)).join('  ')}`.trimEnd()
  )
}

function cellsOf({ finding }: PlatformFinding, fails: boolean): string[] {
  const start = [finding.severity, fails ? 'fails' : 'passes', finding.id]
  if (finding.kind === 'secret') {
    return [...start, 'secret', '', finding.line > 0 ? `${finding.path}:${finding.line}` : finding.path]
  }
  const changes = versionChanges(finding.occurrences)
  const paths = [...new Set(finding.occurrences.map(({ path }) => path || `${finding.ecosystem} package`))]
  return [...start, finding.package, andMore(changes), andMore(paths)]
}

function andMore(texts: readonly string[]): string {
  return texts.length > 1 ? `${texts[0]}, +${texts.length - 1}` : (texts[0] ?? '')
}

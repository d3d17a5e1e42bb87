import type { Source } from '../report/model.ts'
import { bySeverity } from '../report/severity.ts'
import { plain } from './escape.ts'
import { evidenceFailures, failureInSentences } from './evidence-words.ts'
import { headlineOf, headlineOfAll } from './headline.ts'
import { type MarkedFinding, markFindings } from './marked.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { versionChanges } from './select.ts'
import { plural } from './words.ts'

/** One annotation of the workflow run; the texts are plain and of one line. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly title: string
  readonly message: string
  /** Where the finding came from: a path in the repository, unchanged, and a line from 1. Both or none. */
  readonly file?: string
  readonly line?: number
}

/** Of each level the runner keeps ten of a step (actions/runner src/Runner.Worker/ExecutionContext.cs): the verdict takes one. */
const MOST_FINDINGS = 9

/** Attestations that failed and are annotated. */
const MOST_FAILURES = 3

const LONGEST_FILE = 300

const LEVELS = { '✅': 'notice', '⚠️': 'warning', '❌': 'error' } as const

/**
 * The verdict and what could not be attested, then as many findings as there is room for, at most nine: those that are known to be exploited first, then new ones that fail the gate, others that fail it, and
 * new ones that do not, each most severe first. Where only new findings count, old ones are left out. What fails the gate has the verdict's
 * level, the rest is a notice. A step that is green without a doubt has the verdict alone.
 */
export function renderAnnotations(images: readonly ImageOutcome[], run: RunFacts): Annotation[] {
  const { icon, text } = headlineOfAll(images, run)
  const level = LEVELS[icon]
  const verdict = {
    level,
    title: 'imgguard',
    message: plain(`${text}${images.length > 1 ? `. ${eachOf(images, run)}` : ''}`, 1000)
  }
  if (level === 'notice') return [verdict]
  const failures = evidenceAnnotations(images)
  const worst = images.flatMap(image => candidatesOf(image, run)).sort(byImportance)
  return [
    verdict,
    ...failures,
    ...worst
      .slice(0, MOST_FINDINGS - failures.length)
      .map(one => ({ level: one.fails ? level : ('notice' as const), ...textOf(one) }))
  ]
}

/** What could not be attested: nothing turns red for it, so nobody else tells it. */
function evidenceAnnotations(images: readonly ImageOutcome[]): Annotation[] {
  const failures = images.flatMap(image => evidenceFailures(image).map(failure => ({ image, failure })))
  return failures.slice(0, MOST_FAILURES).map(({ image, failure }) => ({
    level: 'warning',
    title: plain(`${image.name} is not attested as it should be`, 200),
    message: plain(`${image.name}: ${failureInSentences(failure)}`, 1000)
  }))
}

type Candidate = MarkedFinding & { readonly image: ImageOutcome }

function candidatesOf(image: ImageOutcome, run: RunFacts): Candidate[] {
  const marked = markFindings(image, run).filter(({ fails, isNew }) => fails || isNew)
  return marked.map(one => ({ ...one, image }))
}

function byImportance(a: Candidate, b: Candidate): number {
  return (
    Number(b.isExploited) - Number(a.isExploited) ||
    Number(b.fails) - Number(a.fails) ||
    Number(b.isNew) - Number(a.isNew) ||
    bySeverity(a.found.finding, b.found.finding)
  )
}

function eachOf(images: readonly ImageOutcome[], run: RunFacts): string {
  return images.map(image => `${image.name}: ${headlineOf(image, run).text}`).join('. ')
}

function textOf({ image, found, isNew, isExploited }: Candidate): Omit<Annotation, 'level'> {
  const { finding } = found
  const start = `${isNew ? 'new, ' : ''}${finding.severity}${isExploited ? ', known to be exploited' : ''}`
  if (finding.kind === 'secret') {
    const where = finding.line > 0 ? `${finding.path}, line ${finding.line}` : finding.path
    return {
      title: plain(`${start}: secret (${finding.id})`, 200),
      message: plain(`${where} in ${image.name}: ${finding.title}. Revoke it and keep it out of the build.`, 1000),
      ...placeOf(finding.source)
    }
  }
  const changes = versionChanges(finding.occurrences)
  const more = changes.length > 3 ? `; ${plural(changes.length - 3, 'more version')}` : ''
  return {
    title: plain(`${start}: ${finding.id} in ${finding.package}`, 200),
    message: plain(
      `${finding.package} ${changes.slice(0, 3).join('; ')}${more} in ${image.name}. ${finding.title}`,
      1000
    ),
    ...placeOf(finding.occurrences.find(({ source }) => source !== undefined)?.source)
  }
}

/** Nothing for a path that would have to be changed: it would be another file's. */
function placeOf(source: Source | undefined): Pick<Annotation, 'file' | 'line'> {
  if (source === undefined || plain(source.file, LONGEST_FILE) !== source.file) return {}
  return { file: source.file, line: source.line }
}

import type { Finding } from '../report/model.ts'
import { bySeverity } from '../report/severity.ts'
import { plain } from './escape.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { splitFindings, versionChanges } from './select.ts'
import { headlineOf, headlineOfAll } from './words.ts'

/** One annotation of the workflow run; the texts are plain and of one line. */
export interface Annotation {
  readonly level: 'error' | 'warning' | 'notice'
  readonly title: string
  readonly message: string
}

/** Of each level the runner keeps ten of a step (actions/runner src/Runner.Worker/ExecutionContext.cs): the verdict takes one. */
const MOST_FINDINGS = 9

const LEVELS = { '✅': 'notice', '⚠️': 'warning', '❌': 'error' } as const

/** The verdict, then at most nine of the findings that fail the gate, most severe first, all of the verdict's level. */
export function renderAnnotations(images: readonly ImageOutcome[], run: RunFacts): Annotation[] {
  const { icon, text } = headlineOfAll(images, run)
  const level = LEVELS[icon]
  const verdict = {
    level,
    title: 'imgguard',
    message: plain(`${text}${images.length > 1 ? `. ${eachOf(images, run)}` : ''}`, 1000)
  }
  if (level === 'notice') return [verdict]
  const failing = images.flatMap(image => splitFindings(image, run).failing.map(({ finding }) => ({ image, finding })))
  const worst = failing.sort((a, b) => bySeverity(a.finding, b.finding)).slice(0, MOST_FINDINGS)
  return [verdict, ...worst.map(({ image, finding }) => ({ level, ...findingText(finding, image) }))]
}

function eachOf(images: readonly ImageOutcome[], run: RunFacts): string {
  return images.map(image => `${image.name}: ${headlineOf(image, run).text}`).join('. ')
}

function findingText(finding: Finding, image: ImageOutcome): { title: string; message: string } {
  if (finding.kind === 'secret') {
    const where = finding.line > 0 ? `${finding.path}, line ${finding.line}` : finding.path
    return {
      title: plain(`${finding.severity}: secret (${finding.id})`, 200),
      message: plain(`${where} in ${image.name}: ${finding.title}. Revoke it and keep it out of the build.`, 1000)
    }
  }
  const changes = versionChanges(finding.occurrences).slice(0, 3).join('; ')
  return {
    title: plain(`${finding.severity}: ${finding.id} in ${finding.package}`, 200),
    message: plain(`${finding.package} ${changes} in ${image.name}. ${finding.title}`, 1000)
  }
}

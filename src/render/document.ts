import { acceptedHereParts, acceptedParts } from './accepted.ts'
import type { Part } from './budget.ts'
import { closingParts } from './closing.ts'
import { cell, code, prose } from './escape.ts'
import { findingParts } from './findings.ts'
import { headlineOf, headlineOfAll } from './headline.ts'
import type { ImageOutcome, RunFacts } from './outcome.ts'
import { countTable, factsLine, identity, platformTable, subjectLine, warningParts } from './overview.ts'
import { severityPicture } from './picture.ts'
import { planParts } from './plan.ts'
import { remarkParts } from './remarks.ts'
import { verifySnippets } from './snippets.ts'
import { line, RANK, table, type View } from './tables.ts'
import { totalInWords } from './words.ts'

/** How an earlier commit ended that did not pass. publish/marker.ts has the same type: neither room may import the other. */
export interface PreviousCommit {
  readonly state: 'fail' | 'incomplete'
  readonly sha: string
}

/** Comment or summary with a section for each image. */
export function detailedDocument(
  images: readonly ImageOutcome[],
  run: RunFacts,
  view: View,
  previous?: PreviousCommit
): Part[] {
  const single = images.length === 1
  return [
    titleOf(images, run, view, previous),
    ...acceptedHereParts(images, run, view),
    ...worstFirst(images, run).flatMap(image =>
      single
        ? imageParts(image, run, view)
        : [
            imageHeading(image, images, run, view),
            ...imageParts(image, run, { ...view, level: view.level + 1 }),
            factsLine(image, run)
          ]
    ),
    ...acceptedParts(images, run, view),
    ...(single ? images.map(image => factsLine(image, run)) : []),
    ...closingParts(images, run, view)
  ]
}

/** The same with a row for each image, for when there are so many that their sections do not fit. */
export function compactDocument(
  images: readonly ImageOutcome[],
  run: RunFacts,
  view: View,
  previous?: PreviousCommit
): Part[] {
  const rows = worstFirst(images, run).map(image => {
    const { icon, text } = headlineOf(image, run)
    return line([identity(image, view), `${icon} ${cell(text, 200)}`, cell(totalInWords(image.findings))])
  })
  return [
    titleOf(images, run, view, previous),
    ...acceptedHereParts(images, run, view),
    table(['Image', 'Verdict', 'Findings'], rows, RANK.images, view),
    ...closingParts(images, run, view)
  ]
}

/** Otherwise as given. */
function worstFirst(images: readonly ImageOutcome[], run: RunFacts): ImageOutcome[] {
  const icons = ['❌', '⚠️', '✅']
  const marked = images.map(image => ({ image, badness: icons.indexOf(headlineOf(image, run).icon) }))
  return marked.sort((a, b) => a.badness - b.badness).map(({ image }) => image)
}

/** In the order of a reader's questions: may it be merged, is it this change's doing, what is to be done, where is the rest. */
function imageParts(image: ImageOutcome, run: RunFacts, view: View): Part[] {
  return [
    subjectLine(image, run, view),
    ...warningParts(image),
    countTable(image, view),
    ...(view.open ? [severityPicture(image), platformTable(image, view)] : []),
    ...planParts(image, run, view),
    ...findingParts(image, run, view),
    ...(view.open ? remarkParts(image, view) : []),
    ...verifySnippets(image, run, view)
  ]
}

function titleOf(
  images: readonly ImageOutcome[],
  run: RunFacts,
  view: View,
  previous: PreviousCommit | undefined
): string {
  const { icon, text } = headlineOfAll(images, run)
  return `${'#'.repeat(view.level)} ${icon} imgguard: ${beforeInWords(icon, previous)}${prose(text, 300)}\n\n`
}

/** "all clear, was ❌ at abc1234: ", for a comment that said otherwise before. */
function beforeInWords(icon: string, previous: PreviousCommit | undefined): string {
  if (previous === undefined) return ''
  const was = `${previous.state === 'fail' ? 'was ❌' : 'was incomplete'} at ${code(previous.sha.slice(0, 7))}`
  return icon === '✅' ? `all clear, ${was}: ` : `${was}: `
}

function imageHeading(image: ImageOutcome, all: readonly ImageOutcome[], run: RunFacts, view: View): string {
  const { icon, text } = headlineOf(image, run)
  const isOnlyOne = all.filter(({ name }) => name === image.name).length === 1
  const named = isOnlyOne ? code(image.name, 200) : identity(image, { ...view, wholeDigests: false })
  return `${'#'.repeat(view.level + 1)} ${icon} ${named}: ${prose(text, 300)}\n\n`
}

import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GitHubClient } from '../../github/client.ts'
import { renderPage } from '../../page/page.ts'
import { attempt } from '../../publish/attempt.ts'
import { publishOutputs } from '../../publish/outputs.ts'
import type { Published } from '../../publish/result.ts'
import { publishSummary } from '../../publish/summary.ts'
import { renderAnnotations } from '../../render/annotations.ts'
import type { ImageOutcome, RunFacts, Skipped } from '../../render/outcome.ts'
import { renderOutputs } from '../../render/outputs.ts'
import { renderReport } from '../../render/report.ts'
import { renderSummary } from '../../render/summary.ts'
import { renderTable } from '../../render/table.ts'
import type { Setting } from '../setting.ts'
import type { Uploaded } from './tell-code-scanning.ts'
import { tellIssue } from './tell-issue.ts'
import { tellPullRequest } from './tell-pull-request.ts'

/** A directory for files that later steps read: it outlives this one. */
export function createResultsDirectory(setting: Setting): Promise<string> {
  return mkdtemp(join(setting.context.temp, 'imgguard-results-'))
}

/** What else telling is done about. */
export interface TellingPlaces {
  /** Of the images, as far as they were known before the scan. */
  readonly platforms: readonly string[]
  /** Where the report and the page go. */
  readonly directory: string
  /** Paths of the SBOMs that are there already. */
  readonly sboms: readonly string[]
}

/**
 * Everything that people and later steps are told at the end: comment, summary, log, annotations, outputs. One that fails does not keep
 * the others from being told.
 */
export async function tellEverybody(
  setting: Setting,
  client: GitHubClient | undefined,
  images: readonly ImageOutcome[],
  before: RunFacts,
  uploaded: Uploaded,
  { platforms, directory, sboms }: TellingPlaces
): Promise<void> {
  const { log, env } = setting
  const facts = { ...before, skipped: [...before.skipped, ...skippedBy('code scanning', uploaded.published)] }
  const [comment, issue] = await Promise.all([
    tellPullRequest(setting, client, images, facts, platforms),
    tellIssue(setting, client, images, facts)
  ])
  const refused = [...(comment ? skippedBy('comment', comment) : []), ...(issue ? skippedBy('issue', issue) : [])]
  const told = { ...facts, skipped: [...facts.skipped, ...refused] }

  const summary = await attempt(() => publishSummary(env['GITHUB_STEP_SUMMARY'], renderSummary(images, told)))
  await log.group('Result', async () => log.verbatim(renderTable(images, told)))
  const report = await keep(directory, 'report.json', () => renderReport(images, told))
  const html = await keep(directory, 'report.html', () => renderPage(images, told))
  sayPublished(setting, {
    'code scanning': uploaded.published,
    comment,
    issue,
    'job summary': summary,
    report: report.published,
    html: html.published
  })
  for (const { level, message, ...place } of renderAnnotations(images, told)) log[level](message, place)

  publishOutputs(
    renderOutputs(images, told, {
      sarif: uploaded.file,
      ...(sboms.length === 0 ? {} : { sboms }),
      ...pathOf('report', report),
      ...pathOf('html', html),
      ...(comment?.state === 'published' && comment.url !== undefined ? { commentUrl: comment.url } : {}),
      ...(uploaded.published.state === 'published' && uploaded.published.id !== undefined
        ? { sarifId: uploaded.published.id }
        : {})
    })
  )
}

/** A file for later steps, or why it could not be written. */
interface Kept {
  readonly published: Published
  readonly path: string
}

async function keep(directory: string, name: string, render: () => string | Iterable<string>): Promise<Kept> {
  const path = join(directory, name)
  const published = await attempt(async () => {
    await writeFile(path, render())
    return { state: 'published', url: path }
  })
  return { published, path }
}

function pathOf<K extends string>(output: K, { published, path }: Kept): { [key in K]?: string } {
  return published.state === 'published' ? ({ [output]: path } as { [key in K]?: string }) : {}
}

/** A line for each: done, or not and why. Nothing for what was not to be told at all. */
function sayPublished({ log }: Setting, all: Readonly<Record<string, Published | undefined>>): void {
  for (const [what, published] of Object.entries(all)) {
    if (published === undefined) continue
    if (published.state === 'published') {
      const more = [published.url, published.note].filter(Boolean).join('; ')
      log.info(`Published ${what}${more && `: ${more}`}`)
    } else {
      const remedy = published.remedy === undefined ? '' : `. Remedy: ${published.remedy}`
      log.info(`Skipped ${what}: ${published.reason}${remedy}`)
    }
  }
}

function skippedBy(what: string, published: Published): Skipped[] {
  if (published.state !== 'skipped' || published.chosen) return []
  const { reason, remedy } = published
  return [remedy === undefined ? { what, reason } : { what, reason, remedy }]
}

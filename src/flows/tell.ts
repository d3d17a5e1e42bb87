import { mkdtemp, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GitHubClient } from '../github/client.ts'
import { VERSION } from '../lib/version.ts'
import { publishSarif } from '../publish/code-scanning.ts'
import { publishComment } from '../publish/comment.ts'
import { commentKey } from '../publish/marker.ts'
import { publishOutputs } from '../publish/outputs.ts'
import type { Published } from '../publish/result.ts'
import { publishSummary } from '../publish/summary.ts'
import { renderAnnotations } from '../render/annotations.ts'
import { categoryOf } from '../render/category.ts'
import { renderComment } from '../render/comment.ts'
import type { ImageOutcome, JudgedImage, RunFacts, Skipped } from '../render/outcome.ts'
import { renderOutputs } from '../render/outputs.ts'
import { renderReport } from '../render/report.ts'
import { renderSarif } from '../render/sarif.ts'
import { renderSummary } from '../render/summary.ts'
import { renderTable } from '../render/table.ts'
import { reaches } from '../report/severity.ts'
import type { Setting } from './setting.ts'

/** What became of code scanning. */
export interface Uploaded {
  readonly published: Published
  /** Path of the first SARIF file, which outlives the step. */
  readonly file: string
}

/**
 * Writes SARIF and uploads it, beside signing.
 * @param client absent without a token.
 * @param directory where the file goes.
 */
export async function tellCodeScanning(
  setting: Setting,
  client: GitHubClient | undefined,
  images: readonly JudgedImage[],
  facts: RunFacts,
  directory: string
): Promise<Uploaded> {
  const { logs, leftOut } = renderSarif(images, facts, { version: VERSION, categoryOf: categoryBy(setting) })
  for (const { category, results } of leftOut)
    setting.log.notice(
      `Code scanning takes a limited number of results: the ${results} least severe ones of ${category} were not uploaded.`
    )
  const files = await Promise.all(
    logs.map((log, index) =>
      write(join(directory, index === 0 ? 'results.sarif' : `results-${index + 1}.sarif`), JSON.stringify(log))
    )
  )
  return {
    file: files[0] ?? '',
    published: await upload(
      setting,
      client,
      logs.map(log => JSON.stringify(log)),
      facts
    )
  }
}

async function upload(
  setting: Setting,
  client: GitHubClient | undefined,
  logs: readonly string[],
  facts: RunFacts
): Promise<Published> {
  const { config, context, abilities, now, wait } = setting
  const ability = abilities.codeScanning
  if (config.codeScanning === 'never') return { state: 'skipped', reason: 'code-scanning is never' }
  if (!ability.allowed)
    return ability.remedy === undefined
      ? { state: 'skipped', reason: ability.reason }
      : { state: 'skipped', reason: ability.reason, remedy: ability.remedy }
  if (client === undefined) return { state: 'skipped', reason: 'github-token is empty' }
  if (logs.length === 0) return { state: 'skipped', reason: 'no scan was complete' }
  let last: Published = { state: 'skipped', reason: 'there was nothing to upload' }
  for (const sarif of logs) {
    last = await publishSarif(
      client,
      {
        sarif,
        ref: ability.ref,
        sha: ability.sha,
        toolName: 'imgguard',
        startedAt: now(),
        alertsUrl: facts.alertsUrl,
        circumstance: circumstanceOf(context)
      },
      wait
    )
    if (last.state === 'skipped') return last
  }
  return last
}

/** Everything that people and later steps are told at the end: comment, summary, log, annotations, outputs. Nothing in here throws. */
export async function tellEverybody(
  setting: Setting,
  client: GitHubClient | undefined,
  images: readonly ImageOutcome[],
  before: RunFacts,
  uploaded: Uploaded,
  directory: string
): Promise<void> {
  const { log, env } = setting
  const facts = { ...before, skipped: [...before.skipped, ...skippedUpload(setting, uploaded.published)] }
  const comment = await tellPullRequest(setting, client, images, facts)
  const told = {
    ...facts,
    skipped: [...facts.skipped, ...(comment === undefined ? [] : asSkipped('comment', comment))]
  }

  const summary = await publishSummary(env['GITHUB_STEP_SUMMARY'], renderSummary(images, told))
  await log.group('Result', async () => {
    log.verbatim(renderTable(images, told))
  })
  for (const { what, reason, remedy } of [...told.skipped, ...asSkipped('job summary', summary)])
    log.info(`Skipped ${what}: ${reason}${remedy === undefined ? '' : `. Remedy: ${remedy}`}`)
  for (const { level, title, message } of renderAnnotations(images, told)) log[level](message, title)

  const report = await write(join(directory, 'report.json'), renderReport(images, told))
  publishOutputs(
    renderOutputs(images, told, {
      report,
      sarif: uploaded.file,
      ...(comment?.state === 'published' && comment.url !== undefined ? { commentUrl: comment.url } : {}),
      ...(uploaded.published.state === 'published' && uploaded.published.id !== undefined
        ? { sarifId: uploaded.published.id }
        : {})
    })
  )
}

/** Undefined when there is no pull request to tell. */
async function tellPullRequest(
  setting: Setting,
  client: GitHubClient | undefined,
  images: readonly ImageOutcome[],
  facts: RunFacts
): Promise<Published | undefined> {
  const { config, context, abilities } = setting
  if (!abilities.comment.allowed || config.comment === 'never') return undefined
  if (client === undefined) return { state: 'skipped', reason: 'github-token is empty' }
  const platforms =
    config.commentKey ??
    [...new Set(images.flatMap(image => image.platforms.map(({ platform }) => platform)))].sort().join(',')
  return publishComment(client, {
    pullRequest: abilities.comment.pullRequest,
    key: commentKey({
      workflowFile: context.workflowFile,
      job: context.job,
      images: images.map(({ name }) => name),
      commentKey: platforms
    }),
    run: { id: context.runId, attempt: context.runAttempt, sha: context.sha },
    body: renderComment(images, facts),
    when: config.comment,
    worthTelling: images.some(({ findings }) =>
      findings.some(({ finding }) => reaches(finding.severity, config.minSeverity))
    ),
    failed: images.some(({ verdict, signing }) => verdict.result !== 'pass' || signing.state === 'failed'),
    circumstance: circumstanceOf(context)
  })
}

/** A directory for files that later steps read: it outlives this one. */
export function createResultsDirectory(setting: Setting): Promise<string> {
  return mkdtemp(join(setting.context.temp, 'imgguard-results-'))
}

function skippedUpload({ config }: Setting, published: Published): Skipped[] {
  return config.codeScanning === 'never' ? [] : asSkipped('code scanning', published)
}

function asSkipped(what: string, published: Published): Skipped[] {
  if (published.state !== 'skipped') return []
  const { reason, remedy } = published
  return [remedy === undefined ? { what, reason } : { what, reason, remedy }]
}

function categoryBy({ config, context }: Setting): (image: string, platform: string) => string {
  const base =
    config.category === undefined
      ? { workflowFile: context.workflowFile, job: context.job }
      : { category: config.category }
  return (image, platform) => categoryOf(base, image, platform)
}

function circumstanceOf(context: Setting['context']) {
  return { fromFork: context.pullRequest?.fromFork === true }
}

async function write(file: string, content: string): Promise<string> {
  await writeFile(file, content)
  return file
}

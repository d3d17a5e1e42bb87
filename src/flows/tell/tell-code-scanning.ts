import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { Log } from 'sarif'
import type { GitHubClient } from '../../github/client.ts'
import { VERSION } from '../../lib/version.ts'
import { attempt } from '../../publish/attempt.ts'
import { publishSarif } from '../../publish/code-scanning.ts'
import type { Published } from '../../publish/result.ts'
import { categoryOf } from '../../render/category.ts'
import type { JudgedImage, RunFacts } from '../../render/outcome.ts'
import { renderSarif, type SarifUploads } from '../../render/sarif.ts'
import { halve } from '../../render/sarif-half.ts'
import { SARIF_TOOL } from '../../render/sarif-run.ts'
import { circumstanceOf, type Setting } from '../setting.ts'
import { readFollowUp } from './earlier-uploads.ts'

/** What became of code scanning. */
export interface Uploaded {
  readonly published: Published
  /** Path of the first SARIF file, which outlives the step; empty when it could not be written. */
  readonly file: string
}

/**
 * Writes SARIF and uploads it, beside signing. Never throws.
 * @param client absent without a token.
 * @param directory where the files go.
 */
export async function tellCodeScanning(
  setting: Setting,
  client: GitHubClient | undefined,
  images: readonly JudgedImage[],
  facts: RunFacts,
  directory: string
): Promise<Uploaded> {
  let file = ''
  const published = await attempt(async () => {
    const target = targetOf(setting, client)
    const categoryOf = categoryBy(setting)
    const followUp =
      'client' in target
        ? await setting.whileTelling(readFollowUp(setting, target.client, target.ref, images, categoryOf))
        : undefined
    const options = { version: VERSION, categoryOf, ...(followUp === undefined ? {} : { followUp }) }
    const rendered = renderSarif(images, facts, options)
    sayLeftOut(setting, rendered)
    file = await keep(directory, rendered.logs)
    if (!('client' in target)) return target
    for (const { imageName, platform } of followUp?.gone ?? [])
      setting.log.info(`${imageName} has no ${platform} any more: an empty upload closes its code-scanning alerts.`)
    return setting.whileTelling(upload(setting, target, rendered.logs, facts))
  })
  return { file, published }
}

function sayLeftOut({ log }: Setting, { leftOut, unrecognised }: SarifUploads): void {
  for (const { category, results } of leftOut)
    log.notice(
      `Code scanning takes a limited number of results: the ${results} least severe ones of ${category} were not uploaded.`
    )
  for (const what of unrecognised)
    log.info(`Nothing was recognised in ${what}: its code-scanning alerts are left as they are.`)
}

/** Returns the path of the first file. */
async function keep(directory: string, logs: readonly Log[]): Promise<string> {
  const paths = logs.map((_, index) => join(directory, index === 0 ? 'results.sarif' : `results-${index + 1}.sarif`))
  await Promise.all(paths.map((path, index) => writeFile(path, JSON.stringify(logs[index]))))
  return paths[0] ?? ''
}

/** Where alerts go. */
interface Target {
  readonly client: GitHubClient
  readonly ref: string
  readonly sha: string
}

/** Where alerts go, or why nowhere. */
function targetOf({ config, abilities }: Setting, client: GitHubClient | undefined): Target | Published {
  const ability = abilities.codeScanning
  if (config.codeScanning === 'never') return { state: 'skipped', reason: 'code-scanning is never', chosen: true }
  if (!ability.allowed) return { ...ability, state: 'skipped' }
  if (client === undefined) return { state: 'skipped', reason: 'github-token is empty' }
  return { client, ref: ability.ref, sha: ability.sha }
}

async function upload(setting: Setting, target: Target, logs: readonly Log[], facts: RunFacts): Promise<Published> {
  const { context, now, wait } = setting
  let last: Published = { state: 'skipped', reason: 'no platform was both wholly scanned and recognised' }
  for (const log of logs) {
    last = await publishSarif(
      target.client,
      {
        sarif: JSON.stringify(log),
        smaller: () => halves(setting, log),
        ref: target.ref,
        sha: target.sha,
        toolName: SARIF_TOOL,
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

/** Half of a log, then a quarter of it; says so when it is asked for them. */
function* halves({ log: say }: Setting, whole: Log): Generator<string> {
  let rest = whole
  for (let halvings = 0; halvings < 2; halvings += 1) {
    const { log, leftOut } = halve(rest)
    if (leftOut === 0) return
    say.notice(
      `GitHub finds the SARIF upload too large: it is tried again without the ${leftOut} least severe results.`
    )
    yield JSON.stringify(log)
    rest = log
  }
}

/** The code-scanning category of an image on a platform, in this run. */
export function categoryBy({ config, context }: Setting): (image: string, platform: string) => string {
  const base =
    config.category === undefined
      ? { workflowFile: context.workflowFile, job: context.job }
      : { category: config.category }
  return (image, platform) => categoryOf(base, image, platform)
}

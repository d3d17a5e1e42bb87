import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import type { GitHubClient } from '../github/client.ts'
import { VERSION } from '../lib/version.ts'
import { attempt } from '../publish/attempt.ts'
import { publishSarif } from '../publish/code-scanning.ts'
import type { Published } from '../publish/result.ts'
import { categoryOf } from '../render/category.ts'
import type { JudgedImage, RunFacts } from '../render/outcome.ts'
import { renderSarif, type SarifUploads } from '../render/sarif.ts'
import { SARIF_TOOL } from '../render/sarif-run.ts'
import { circumstanceOf, type Setting } from './setting.ts'

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
    const rendered = renderSarif(images, facts, { version: VERSION, categoryOf: categoryBy(setting) })
    sayLeftOut(setting, rendered)
    const logs = rendered.logs.map(log => JSON.stringify(log))
    file = await keep(directory, logs)
    return upload(setting, client, logs, facts)
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
async function keep(directory: string, logs: readonly string[]): Promise<string> {
  const paths = logs.map((_, index) => join(directory, index === 0 ? 'results.sarif' : `results-${index + 1}.sarif`))
  await Promise.all(paths.map((path, index) => writeFile(path, logs[index] ?? '')))
  return paths[0] ?? ''
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
  if (!ability.allowed) return { ...ability, state: 'skipped' }
  if (client === undefined) return { state: 'skipped', reason: 'github-token is empty' }
  let last: Published = { state: 'skipped', reason: 'no platform was both wholly scanned and recognised' }
  for (const sarif of logs) {
    last = await publishSarif(
      client,
      {
        sarif,
        ref: ability.ref,
        sha: ability.sha,
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

/** The code-scanning category of an image on a platform, in this run. */
export function categoryBy({ config, context }: Setting): (image: string, platform: string) => string {
  const base =
    config.category === undefined
      ? { workflowFile: context.workflowFile, job: context.job }
      : { category: config.category }
  return (image, platform) => categoryOf(base, image, platform)
}

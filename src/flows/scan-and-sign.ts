import type { GitHubClient } from '../github/client.ts'
import { markKnownExploited } from '../policy/known-exploited.ts'
import { publishOutputs } from '../publish/outputs.ts'
import type { ImageOutcome, JudgedImage, RebuildAdvice, RunFacts, Skipped } from '../render/outcome.ts'
import { renderOutputs } from '../render/outputs.ts'
import type { PlatformScan } from '../report/model.ts'
import { type Access, gainAccess } from './access.ts'
import { type Conclusion, reasonsToFail } from './conclude.ts'
import { connect } from './connect.ts'
import { readDismissed } from './dismissed.ts'
import { factsOf } from './facts.ts'
import { type JudgingRules, judge, type ScannedBaseline } from './judge.ts'
import { checkDockerfile, findOrigins, type Origins } from './origins.ts'
import { type Prepared, prepare, refuseMissingKey } from './prepare.ts'
import { adviseRebuild } from './rebuild.ts'
import { type Rules, readRules } from './rules.ts'
import { type FreshScan, type Scanner, scanSubjects } from './scan.ts'
import type { Setting } from './setting.ts'
import { type Signer, signSubject } from './sign.ts'
import type { Subject } from './subjects.ts'
import { createResultsDirectory, tellEverybody } from './tell.ts'
import { tellCodeScanning } from './tell-code-scanning.ts'

/**
 * The way of one image, for each image: fix the digest, scan, compare, judge, sign, verify, tell.
 * @returns why the step is red.
 * @throws before anything was signed or told, when the inputs, the key, the tools or the registry are not as they should be; at the
 *   step's time limit also later.
 */
export async function scanAndSign(setting: Setting): Promise<Conclusion> {
  const { config, log } = setting
  refuseMissingKey(setting)
  const client = connect(setting)
  const [access, rules] = await Promise.all([
    gainAccess(setting),
    setting.within(readRules(setting, client)),
    checkDockerfile(setting)
  ])
  const prepared = await log.group('Prepare', () => setting.within(prepare(setting, access, rules.files)))
  const { scanner, signer, subjects } = prepared
  const scanned = await log.group('Scan', () => scanAll(setting, access, prepared, rules))
  const { judged, facts } = await judgeAll(setting, client, prepared, rules, scanned)

  const directory = await createResultsDirectory(setting)
  const [uploaded, signed, rebuilds] = await Promise.all([
    tellCodeScanning(setting, client, [...judged.values()], facts, directory),
    log.group('Sign', async () => {
      const images = await signAll(setting, access, signer, judged)
      // What is signed is said at once, in case the time is over before the rest is told.
      publishOutputs(renderOutputs(images, facts, {}))
      return images
    }),
    adviseAll(setting, access, scanner, judged, scanned.origins)
  ])
  const images = signed.map((image, index) => withRebuild(image, rebuilds[index]))
  const platforms = subjects.flatMap(subject => subject.platforms.map(({ platform }) => platform))
  await tellEverybody(setting, client, images, facts, uploaded, { platforms, directory })
  return reasonsToFail(images, config, {
    published: uploaded.published,
    attempted: setting.abilities.codeScanning.allowed
  })
}

/** What all scans found, and where it comes from. */
interface Scanned {
  readonly scans: ReadonlyMap<Subject, readonly PlatformScan[]>
  readonly origins: ReadonlyMap<Subject, Origins>
}

/** Images and baselines, with the same database. */
async function scanAll(setting: Setting, access: Access, prepared: Prepared, rules: Rules): Promise<Scanned> {
  const { scanner, subjects, baselines } = prepared
  const others = [...baselines.values()].flatMap(baseline => ('subject' in baseline ? [baseline.subject] : []))
  const raw = await scanSubjects(setting, scanner, [...subjects, ...new Set(others)])
  const scans = new Map<Subject, readonly FreshScan[]>()
  for (const [subject, found] of raw)
    scans.set(
      subject,
      found.map(scan => marked(scan, rules.exploited))
    )
  const origins = new Map<Subject, Origins>()
  for (const subject of subjects) {
    const found = await findOrigins(setting, access.registry, subject, scans.get(subject) ?? [])
    origins.set(subject, found)
    scans.set(subject, found.scans)
  }
  return { scans, origins }
}

function marked(scan: FreshScan, exploited: Rules['exploited']): FreshScan {
  const { result } = scan
  if (!result.complete || exploited.size === 0) return scan
  return { ...scan, result: { complete: true, report: markKnownExploited(result.report, exploited) } }
}

/** The verdict on each image, and what the renderers are told of the run. */
async function judgeAll(
  setting: Setting,
  client: GitHubClient | undefined,
  { scanner, signer, subjects, baselines }: Prepared,
  rules: Rules,
  { scans, origins }: Scanned
): Promise<{ readonly judged: ReadonlyMap<Subject, JudgedImage>; readonly facts: RunFacts }> {
  const now = setting.now()
  const named = subjects.map(subject => ({
    name: subject.name,
    platforms: (scans.get(subject) ?? []).map(({ platform }) => platform)
  }))
  const dismissed = await readDismissed(setting, client, named)
  const accepted = [...rules.accepted, ...dismissed.risks]
  const by: JudgingRules = {
    policy: setting.config.policy,
    risks: accepted,
    vexByPullRequest: rules.vexByPullRequest,
    today: now.toISOString().slice(0, 10),
    scope: scopeOf(setting)
  }
  const judged = new Map(
    subjects.map(subject => {
      const baseline = baselines.get(subject)
      const compared = baseline && scannedBaseline(baseline, scans)
      return [subject, judge(subject, scans.get(subject) ?? [], by, compared)]
    })
  )
  const skipped = [...rules.skipped, ...dismissed.skipped, ...withoutLines(judged, origins)]
  return { judged, facts: factsOf(setting, { now, scanner, accepted, skipped, ...(signer && { signer }) }) }
}

/** What turns the step red where there is a baseline. */
function scopeOf({ config, context }: Setting): JudgingRules['scope'] {
  if (config.failOnScope !== 'auto') return config.failOnScope
  return context.pullRequest === undefined ? 'all' : 'new'
}

/** Images whose findings have no line of the Dockerfile that is there. */
function withoutLines(judged: ReadonlyMap<Subject, JudgedImage>, origins: Scanned['origins']): Skipped[] {
  return [...judged].flatMap(([subject, { name, findings }]) => {
    const reason = origins.get(subject)?.reason
    return reason === undefined || findings.length === 0
      ? []
      : [{ what: 'Dockerfile lines', reason: `${name}: ${reason}` }]
  })
}

function scannedBaseline(
  baseline: NonNullable<ReturnType<Prepared['baselines']['get']>>,
  scans: Scanned['scans']
): ScannedBaseline {
  if ('reason' in baseline) return baseline
  const { subject, reference } = baseline
  return { reference, digest: subject.digest ?? '', scans: scans.get(subject) ?? [] }
}

/** One image after the other: two may share a digest's fallback tag. */
async function signAll(
  setting: Setting,
  access: Access,
  signer: Signer | undefined,
  judged: ReadonlyMap<Subject, JudgedImage>
): Promise<readonly ImageOutcome[]> {
  const images: ImageOutcome[] = []
  for (const [subject, image] of judged)
    images.push({ ...image, ...(await signSubject(setting, access.registry, signer, subject, image.verdict)) })
  return images
}

/** Beside signing, all images at once: the verdict does not wait for it, and the rest not for long. */
async function adviseAll(
  setting: Setting,
  access: Access,
  scanner: Scanner,
  judged: ReadonlyMap<Subject, JudgedImage>,
  origins: Scanned['origins']
): Promise<readonly (RebuildAdvice | undefined)[]> {
  return Promise.all(
    [...judged].map(([subject, image]) =>
      adviseRebuild(setting, access, scanner, image, origins.get(subject)?.bases ?? new Map())
    )
  )
}

function withRebuild(image: ImageOutcome, rebuild: RebuildAdvice | undefined): ImageOutcome {
  return rebuild === undefined ? image : { ...image, rebuild }
}

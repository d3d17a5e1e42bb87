import { chooseLog } from '../cosign/log-choice.ts'
import { readPublicKey } from '../cosign/public-key.ts'
import { createClient, type GitHubClient } from '../github/client.ts'
import type { Visibility } from '../github/context.ts'
import { PKG_TYPES, SCANNERS } from '../inputs/scan-config.ts'
import { UserError } from '../lib/errors.ts'
import { VERSION } from '../lib/version.ts'
import { publishOutputs } from '../publish/outputs.ts'
import type { ImageOutcome, JudgedImage, RunFacts } from '../render/outcome.ts'
import { renderOutputs } from '../render/outputs.ts'
import { SARIF_TOOL } from '../render/sarif-run.ts'
import type { ToolManifest } from '../tools/manifest.ts'
import { readAcceptedRisks } from './accepted-risks.ts'
import { type Access, gainAccess } from './access.ts'
import { type Conclusion, reasonsToFail } from './conclude.ts'
import { judge } from './judge.ts'
import { prepareScanner, type Scanner, scanSubjects } from './scan.ts'
import type { Setting } from './setting.ts'
import { type Signer, signSubject } from './sign.ts'
import { openSubjects, type Subject } from './subjects.ts'
import { createResultsDirectory, tellEverybody } from './tell.ts'
import { tellCodeScanning } from './tell-code-scanning.ts'
import { prepareCosign, prepareTrivy, readManifest } from './tools.ts'
import { ownFilesCount, requiredFile } from './workspace-files.ts'

/**
 * The way of one image, for each image: fix the digest, scan, judge, sign, verify, tell.
 * @returns why the step is red.
 * @throws before anything was signed or told, when the inputs, the key, the tools or the registry are not as they should be; at the
 *   step's time limit also later.
 */
export async function scanAndSign(setting: Setting): Promise<Conclusion> {
  const { config, log, now } = setting
  refuseMissingKey(setting)
  const [access, manifest, accepted, secretConfig] = await Promise.all([
    gainAccess(setting),
    readManifest(setting),
    readAcceptedRisks(setting),
    findSecretConfig(setting)
  ])

  const { scanner, signer, subjects } = await log.group('Prepare', () =>
    setting.within(prepareAll(setting, access, manifest, secretConfig))
  )
  const scans = await log.group('Scan', () => scanSubjects(setting, scanner, subjects))
  const today = now().toISOString().slice(0, 10)
  const judged = new Map(
    subjects.map(subject => [
      subject,
      judge(subject, scans.get(subject) ?? [], { policy: config.policy, accepted, today })
    ])
  )

  const facts = factsOf(setting, { scanner, signer, accepted })
  const client = connect(setting)
  const directory = await createResultsDirectory(setting)
  const [uploaded, images] = await Promise.all([
    tellCodeScanning(setting, client, [...judged.values()], facts, directory),
    log.group('Sign', async () => {
      const signed = await signAll(setting, access, signer, judged)
      // What is signed is said at once, in case the time is over before the rest is told.
      publishOutputs(renderOutputs(signed, facts, {}))
      return signed
    })
  ])
  const platforms = subjects.flatMap(subject => subject.platforms.map(({ platform }) => platform))
  await tellEverybody(setting, client, images, facts, uploaded, { platforms, directory })
  return reasonsToFail(images, config, {
    published: uploaded.published,
    attempted: setting.abilities.codeScanning.allowed
  })
}

/** The file that `secret-config` names, unless it does not count. */
async function findSecretConfig(setting: Setting): Promise<string | undefined> {
  const name = setting.config.secretConfig
  if (name === undefined) return undefined
  const path = await requiredFile(setting, 'secret-config', name)
  if (ownFilesCount(setting)) return path
  setting.log.notice(
    'secret-config does not count in this run: it may sign, and the pull request itself could have changed it.'
  )
  return undefined
}

/** On an event that signs, an empty key is a renamed secret more often than a wish. */
function refuseMissingKey({ config, context, abilities }: Setting): void {
  if (!abilities.missingKey || config.images.every(image => image.kind !== 'registry')) return
  throw new UserError(
    `cosign-key is empty, and ${context.event} is in sign-on; give cosign-key: \${{ secrets.COSIGN_PRIVATE_KEY }} (check the secret's name), take ${context.event} out of sign-on, or set sign: never`
  )
}

interface Prepared {
  readonly scanner: Scanner
  /** Absent when this event may not sign. */
  readonly signer?: Signer
  readonly subjects: readonly Subject[]
}

/** Side by side: the scanner with its database, the signer with its key, the images' digests. */
async function prepareAll(
  setting: Setting,
  access: Access,
  manifest: ToolManifest,
  secretConfig: string | undefined
): Promise<Prepared> {
  const [scanner, signer, subjects] = await Promise.all([
    prepareTrivy(setting, access, manifest).then(trivy => prepareScanner(setting, trivy, secretConfig)),
    prepareSigner(setting, access, manifest),
    openSubjects(setting, access.registry)
  ])
  for (const { name, digest, platforms } of subjects)
    setting.log.info(
      `${name}${digest === undefined ? '' : ` is ${digest}`}: ${
        platforms
          .map(({ platform }) => platform)
          .filter(Boolean)
          .join(', ') || 'one platform'
      }`
    )
  return signer === undefined ? { scanner, subjects } : { scanner, signer, subjects }
}

async function prepareSigner(setting: Setting, access: Access, manifest: ToolManifest): Promise<Signer | undefined> {
  const { config, abilities, log } = setting
  if (!abilities.sign.allowed || config.key === undefined) return undefined
  const key = { pem: config.key, password: config.password }
  const cosign = await prepareCosign(setting, access, manifest)
  const publicKey = await readPublicKey(cosign, key)
  const choice = chooseLog(config.transparencyLog, { visibility: await visibilityOf(setting), ...setting.context })
  log.info(`The key opens; its public half is ${publicKey.fingerprint}`)
  log.info(`Transparency log: ${choice.said}`)
  return { cosign, key, publicKey, log: choice.log }
}

/** Some events (schedule) do not say who may see the repository; it matters only for the transparency log. */
async function visibilityOf(setting: Setting): Promise<Visibility> {
  const { visibility } = setting.context.repository
  if (visibility !== 'unknown' || setting.config.transparencyLog !== 'auto') return visibility
  const asked = await connect(setting)
    ?.visibility()
    .catch(() => visibility)
  return asked ?? visibility
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

function connect({ config, context }: Setting): GitHubClient | undefined {
  if (config.githubToken === '') return undefined
  return createClient({
    token: config.githubToken,
    repository: context.repository,
    apiUrl: context.apiUrl,
    version: VERSION
  })
}

function factsOf(
  setting: Setting,
  by: { scanner: Scanner; signer: Signer | undefined; accepted: RunFacts['accepted'] }
): RunFacts {
  const { config, context, abilities, now } = setting
  const { scanner, signer } = by
  return {
    repository: context.repository.fullName,
    sha: context.pullRequest?.headSha ?? context.sha,
    runUrl: context.runUrl,
    alertsUrl: alertsUrl(setting),
    policy: config.policy,
    onFail: config.onFail,
    minSeverity: config.minSeverity,
    ...(signer === undefined ? {} : { keyFingerprint: signer.publicKey.fingerprint }),
    versions: { trivy: scanner.trivy.version, ...(signer === undefined ? {} : { cosign: signer.cosign.version }) },
    databaseUpdatedAt: 'database' in scanner.database ? scanner.database.database.updatedAt : '',
    now: now(),
    accepted: by.accepted,
    leftOut: [
      ...listed('skip-dirs', config.skipDirs),
      ...listed('skip-files', config.skipFiles),
      ...listed('secret-config', config.secretConfig === undefined ? [] : [config.secretConfig]),
      ...partial('pkg-types', config.pkgTypes, PKG_TYPES),
      ...partial('scanners', config.scanners, SCANNERS)
    ],
    skipped:
      abilities.comment.allowed || context.pullRequest === undefined || config.comment === 'never'
        ? []
        : [{ what: 'comment', reason: abilities.comment.reason }]
  }
}

function alertsUrl({ context }: Setting): string {
  const query = context.pullRequest === undefined ? `ref:${context.ref}` : `pr:${context.pullRequest.number}`
  return `${context.serverUrl}/${context.repository.fullName}/security/code-scanning?query=${encodeURIComponent(`${query} tool:${SARIF_TOOL}`)}`
}

function listed(input: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [`${input}: ${values.join(', ')}`]
}

function partial(input: string, values: readonly string[], all: readonly string[]): string[] {
  return values.length === all.length ? [] : [`${input}: ${values.join(', ')} only`]
}

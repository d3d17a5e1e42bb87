import type { ScanConfig } from '../inputs/scan-config.ts'
import { publishOutputs } from '../publish/outputs.ts'
import type { ImageOutcome, JudgedImage, RebuildAdvice } from '../render/outcome.ts'
import { renderOutputs } from '../render/outputs.ts'
import { type Access, gainAccess } from './access.ts'
import { type Conclusion, reasonsToFail } from './conclude.ts'
import { connect } from './connect.ts'
import { judgeImages } from './judge/judge-images.ts'
import { readRules } from './judge/rules.ts'
import { prepare, refuseMissingKey } from './prepare.ts'
import { prepareChecker } from './released/checker.ts'
import { lookAtReleased } from './released/released.ts'
import { checkDockerfile, type Origins } from './scan/origins.ts'
import type { Scanner } from './scan/scan.ts'
import { scanImages } from './scan/scan-images.ts'
import type { Subject } from './scan/subjects.ts'
import type { Setting } from './setting.ts'
import { createSboms, keepSboms } from './sign/sboms.ts'
import { signImages } from './sign/sign-images.ts'
import { adviseRebuild } from './tell/rebuild.ts'
import { createResultsDirectory, tellEverybody } from './tell/tell.ts'
import { tellCodeScanning, type Uploaded } from './tell/tell-code-scanning.ts'

/**
 * The way of one image, for each image: fix the digest, scan, compare, judge, sign, verify, attest, promote, tell.
 * @returns why the step is red.
 * @throws before anything was signed or told, when the inputs, the key, the tools or the registry are not as they should be; at the
 *   step's time limit also later.
 */
export async function scanAndSign(setting: Setting): Promise<Conclusion> {
  const { config, log } = setting
  refuseMissingKey(setting)
  const client = connect(setting)
  const [access, rules] = await Promise.all([
    gainAccess(setting, hostsOf(config.images), { given: config.registry, others: otherHosts(config) }),
    setting.within(readRules(setting, client)),
    checkDockerfile(setting)
  ])
  const [prepared, checker] = await log.group('Prepare', () =>
    setting.within(Promise.all([prepare(setting, access, rules.files), prepareChecker(setting, access)]))
  )
  const { scanner, signer, subjects } = prepared
  const [scanned, released] = await Promise.all([
    log.group('Scan', () => scanImages(setting, access, prepared, rules)),
    lookAtReleased(setting, access.registry, { checker, signer }, subjects)
  ])
  const { judged, facts } = await judgeImages(setting, client, { prepared, rules, checker, released, ...scanned })

  const directory = await createResultsDirectory(setting)
  const sbomOf = createSboms(scanner.trivy)
  const uploading = tellCodeScanning(setting, client, [...judged.values()], facts, directory)
  const isRequired = config.codeScanning === 'required' && setting.abilities.codeScanning.allowed
  const required = isRequired ? uploading.then(missedUpload) : undefined
  const [uploaded, signed, rebuilds] = await Promise.all([
    uploading,
    log.group('Sign', async () => {
      const work = { signer, scanner, sbomOf, judged, released, required, ...scanned }
      const images = await signImages(setting, access, work)
      // What is signed is said at once, in case the time is over before the rest is told.
      publishOutputs(renderOutputs(images, facts, {}))
      return images
    }),
    adviseAll(setting, access, scanner, judged, scanned.origins)
  ])
  const images = signed.map((image, index) => withRebuild(image, rebuilds[index]))
  const platforms = subjects.flatMap(subject => subject.platforms.map(({ platform }) => platform))
  const keep = (subject: Subject) => keepSboms(setting, sbomOf, subject, scanned.fresh.get(subject) ?? [], directory)
  const sboms = config.attest.includes('sbom') ? (await Promise.all(subjects.map(keep))).flat() : []
  await tellEverybody(setting, client, images, facts, uploaded, { platforms, directory, sboms })
  return reasonsToFail(images, config, {
    published: uploaded.published,
    attempted: setting.abilities.codeScanning.allowed
  })
}

/** Why a required upload did not come about: then nothing is promoted. */
function missedUpload({ published }: Uploaded): string | undefined {
  return published.state === 'skipped'
    ? `code-scanning is required, and nothing was uploaded: ${published.reason}`
    : undefined
}

/** The registries of `image`. */
function hostsOf(images: ScanConfig['images']): string[] {
  return images.flatMap(image => (image.kind === 'registry' ? [image.reference.registry] : []))
}

/** Registries to which signatures go, or the image itself. */
function otherHosts({ signatureRepository, promote }: ScanConfig): string[] {
  const promoted = promote.flatMap(target => ('reference' in target ? [target.reference.registry] : []))
  return signatureRepository === undefined ? promoted : [signatureRepository.registry, ...promoted]
}

/** Beside signing, all images at once: the verdict does not wait for it, and the rest not for long. */
async function adviseAll(
  setting: Setting,
  access: Access,
  scanner: Scanner,
  judged: ReadonlyMap<Subject, JudgedImage>,
  origins: ReadonlyMap<Subject, Origins>
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

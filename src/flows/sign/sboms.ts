import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { scrubPackages } from '../../evidence/packages.ts'
import type { Published } from '../../evidence/scrub.ts'
import { formatReference, type PinnedReference, pin } from '../../image/reference.ts'
import { messageOf, ToolError } from '../../lib/errors.ts'
import { convertToCycloneDx, type Sbom } from '../../trivy/convert.ts'
import type { Trivy } from '../../trivy/trivy.ts'
import type { FreshScan } from '../scan/scan.ts'
import type { Subject } from '../scan/subjects.ts'
import type { Setting } from '../setting.ts'

/** The SBOM of one scanned platform under one name; always the same document. */
export type SbomOf = (scan: FreshScan, image: Published) => Promise<Sbom>

/** Makes SBOMs of what was scanned, each once: what is kept in a file is what is attested. */
export function createSboms(trivy: Trivy): SbomOf {
  const made = new Map<string, Promise<Sbom>>()
  return (scan, image) => {
    const key = JSON.stringify([scan.raw?.file, image.name])
    const sbom = made.get(key) ?? makeSbom(trivy, scan, image)
    made.set(key, sbom)
    return sbom
  }
}

/**
 * Keeps the SBOM of each scanned platform for later steps, whether or not anything is signed.
 * @param directory that outlives the step.
 * @returns the files' absolute paths, in the order of the platforms. Never throws: one that cannot be made is a warning.
 */
export async function keepSboms(
  setting: Setting,
  sbomOf: SbomOf,
  subject: Subject,
  scans: readonly FreshScan[],
  directory: string
): Promise<readonly string[]> {
  const kept: string[] = []
  for (const scan of scans) {
    if (scan.raw === undefined) continue
    const path = join(directory, fileName(subject, scan))
    try {
      const { file } = await sbomOf(scan, publishedAs(subject, subject.places[0], scan))
      await copyFile(file, path)
      kept.push(path)
    } catch (error) {
      setting.log.warning(`There is no SBOM of ${subject.title}, ${scan.platform}: ${messageOf(error)}`)
    }
  }
  return kept
}

/**
 * What a report about one platform calls the image in public.
 * @param place where it is published; absent for an image in a file.
 */
export function publishedAs(
  subject: Subject,
  place: PinnedReference | undefined,
  { digest }: Pick<FreshScan, 'digest'>
): Published {
  if (place === undefined || digest === undefined) return { name: subject.name, pullable: false }
  return { name: formatReference(pin(place, digest)), pullable: true }
}

/**
 * Trivy's report of one platform, unscrubbed.
 * @throws ToolError when there is none.
 */
export async function readRaw({ raw }: FreshScan): Promise<unknown> {
  if (raw === undefined) throw new ToolError('the platform was not wholly scanned')
  return JSON.parse(await readFile(raw.file, 'utf8'))
}

async function makeSbom(trivy: Trivy, scan: FreshScan, image: Published): Promise<Sbom> {
  return convertToCycloneDx(trivy, scrubPackages(await readRaw(scan), image))
}

/** `sbom-ghcr.io-acme-app-linux-amd64-6edcedac894a.cdx.json`: two images of one name differ by their digest. */
function fileName(subject: Subject, { platform, digest }: FreshScan): string {
  const parts = ['sbom', subject.name, platform, ...(digest === undefined ? [] : [digest.slice(7, 19)])]
  return `${parts.join('-').replace(/[^A-Za-z0-9._-]+/g, '-')}.cdx.json`
}

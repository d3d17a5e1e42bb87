import { readStatements } from '../../cosign/statements.ts'
import { readVulnPredicate, type SignedScan } from '../../evidence/signed-scan.ts'
import { pin } from '../../image/reference.ts'
import { messageOf } from '../../lib/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { PlatformScan } from '../../report/model.ts'
import { parseTrivyReport } from '../../trivy/parse.ts'
import type { ScannedBaseline } from '../judge/judge.ts'
import type { PlatformSubject, Subject } from '../scan/subjects.ts'
import type { Setting } from '../setting.ts'
import type { Look } from './checker.ts'

/** Whether images are compared with what their last signed scan said: on a schedule, where nothing else was asked for. */
export function comparesWithSignedScan({ config, context }: Setting): boolean {
  return config.baseline === 'auto' && context.event === 'schedule' && context.pullRequest === undefined
}

/**
 * What the newest signed scan of each platform found, as a baseline. Never throws.
 * @returns why there is none, unless every platform has one. Undefined for an image that is in no registry.
 */
export async function readSignedScan(look: Look, subject: Subject): Promise<ScannedBaseline | undefined> {
  if (subject.places.length === 0) return undefined
  try {
    const found: { scan: PlatformScan; scannedAt: Date }[] = []
    for (const platform of subject.platforms) {
      const newest = await newestOf(look, subject, platform)
      if (newest === undefined)
        return {
          reason: `there is no signed scan of ${platform.platform} by this ${look.checker.authority.kind}; attest: vuln makes one`
        }
      found.push({ scan: scanOf(platform, newest), scannedAt: newest.scannedAt })
    }
    const days = found.map(({ scannedAt }) => scannedAt.toISOString().slice(0, 10)).sort()
    const reference = `the signed scan of ${days[0] ?? 'nothing'}`
    return { reference, digest: subject.digest ?? '', scans: found.map(({ scan }) => scan), signedScan: true }
  } catch (error) {
    return { reason: `the signed scan cannot be read: ${messageOf(error)}` }
  }
}

async function newestOf(
  { setting, tools, checker }: Look,
  { places: [place] }: Subject,
  { digest }: PlatformSubject
): Promise<SignedScan | undefined> {
  if (place === undefined || digest === undefined) return undefined
  const { authority, options } = checker
  const { statements } = await setting.within(readStatements(tools, pin(place, digest), 'vuln', [authority], options))
  return newestScan(
    statements.map(({ predicate }) => predicate),
    setting.now()
  )
}

/**
 * The newest of what was attested, by the time that was signed: of several attestations any one verifies, an old one as well. One from the
 * future is nobody's, and one that is not understood says nothing.
 */
export function newestScan(predicates: readonly JsonObject[], now: Date): SignedScan | undefined {
  const scans = predicates.flatMap(readable).filter(({ scannedAt }) => scannedAt <= now)
  return scans.sort((a, b) => b.scannedAt.getTime() - a.scannedAt.getTime())[0]
}

function readable(predicate: JsonObject): SignedScan[] {
  try {
    return [readVulnPredicate(predicate)]
  } catch (error) {
    if (error instanceof TypeError) return []
    throw error
  }
}

function scanOf({ platform, digest }: PlatformSubject, { report }: SignedScan): PlatformScan {
  return {
    platform,
    ...(digest === undefined ? {} : { digest }),
    result: { complete: true, report: parseTrivyReport(report).report }
  }
}

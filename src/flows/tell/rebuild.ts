import { fixedByRebuild, type Rebased } from '../../advice/rebuild.ts'
import { readBuildRecords } from '../../image/build-record.ts'
import { parseReference, pin, type Reference } from '../../image/reference.ts'
import type { Registry } from '../../image/registry.ts'
import { messageOf } from '../../lib/errors.ts'
import type { BaseImage } from '../../origin/base-image.ts'
import type { JudgedImage, RebuildAdvice } from '../../render/outcome.ts'
import { type Finding, type PlatformScan, recognisedNothing } from '../../report/model.ts'
import type { Access } from '../access.ts'
import { type Scanner, scanSubjects } from '../scan/scan.ts'
import { openForComparison, type Subject } from '../scan/subjects.ts'
import type { Setting } from '../setting.ts'

/** It is an extra: nothing waits longer for it. */
const LIMIT_MS = 60_000

/**
 * Says what building the image again would fix, because the tag of its `FROM` line points at another image today. Never throws, and takes
 * a minute at most: what could not be found out is `unknown`, with the reason.
 * @param bases what each platform is built on, by platform.
 * @returns undefined when no advice is wanted, or when `auto` has nothing to go by.
 */
export async function adviseRebuild(
  setting: Setting,
  access: Access,
  scanner: Scanner,
  image: JudgedImage,
  bases: ReadonlyMap<string, BaseImage>
): Promise<RebuildAdvice | undefined> {
  if (!isWanted(setting, image)) return undefined
  const tooLate = setting.wait(LIMIT_MS).then(
    () => unknown(`it took longer than ${LIMIT_MS / 1000} s to find out`),
    error => unknown(messageOf(error))
  )
  const advice = advise(setting, access, scanner, image, bases).catch(error => unknown(messageOf(error)))
  return Promise.race([advice, tooLate])
}

/** `auto` speaks up where it helps somebody, and asks no host that nobody has allowed. */
function isWanted({ config, context }: Setting, { verdict }: JudgedImage): boolean {
  if (config.rebuildAdvice !== 'auto') return config.rebuildAdvice === 'true'
  return (
    verdict.result === 'fail' &&
    context.onGitHubDotCom &&
    config.toolsMirror === undefined &&
    config.scanners.includes('vuln')
  )
}

function unknown(reason: string): RebuildAdvice {
  return { state: 'unknown', reason }
}

/** The tag that a `FROM` line follows, as people write it and as registries are asked for it. */
interface Followed {
  readonly base: string
  readonly reference: Reference
}

async function advise(
  setting: Setting,
  access: Access,
  scanner: Scanner,
  image: JudgedImage,
  bases: ReadonlyMap<string, BaseImage>
): Promise<RebuildAdvice | undefined> {
  const isAuto = setting.config.rebuildAdvice === 'auto'
  const followed = findFollowed(setting, bases)
  if ('reason' in followed) return isAuto ? undefined : unknown(followed.reason)
  const { base, reference } = followed
  const isLoggedIn = await access.logIn(reference.registry)
  if (isAuto && !isLoggedIn && !hostsOf(setting).includes(reference.registry)) return undefined

  const registry = access.registry.impatient
  const today = await registry.digestOf(reference)
  // Platforms can be built on different images; the others keep what they have.
  const ours = new Map([...bases].filter(([, { from }]) => withoutDigest(from) === base))
  if ([...ours.values()].every(({ digest }) => digest === today)) return { state: 'current', base }

  const subject = await openForComparison(registry, { ...reference, digest: today }, [...ours.keys()])
  if (subject.platforms.length === 0) return unknown(`${base} has none of the image's platforms any more`)
  const replaced = await findReplaced(registry, reference, subject, ours)
  if ('reason' in replaced) return unknown(replaced.reason)
  if (replaced.layers.size === 0) return { state: 'current', base }
  const isPinned = [...ours.values()].some(({ from }) => from !== base)
  const newer = { state: 'newer' as const, base, ...(isPinned && { pinned: true as const }) }
  return compare(setting, scanner, image, { newer, subject, layers: replaced.layers })
}

/** What there is to follow, or why there is nothing. */
function findFollowed({ config }: Setting, bases: ReadonlyMap<string, BaseImage>): Followed | { reason: string } {
  const [first] = bases.values()
  if (!config.scanners.includes('vuln')) return { reason: 'vulnerabilities are not looked for (scanners)' }
  if (first === undefined)
    return {
      reason: "the image's base is not known: neither the provenance of its build nor a Dockerfile that fits it tells"
    }
  if (first.from === 'scratch') return { reason: 'the image is built on scratch, which is always the same' }
  const { tag, digest, ...name } = parseReference(first.from)
  if (tag === undefined && digest !== undefined)
    return { reason: `${first.from} is a digest without a tag, so that there is nothing newer to compare with` }
  return { base: withoutDigest(first.from), reference: { ...name, tag: tag ?? 'latest' } }
}

function withoutDigest(from: string): string {
  return from.replace(/@.*$/s, '')
}

function hostsOf({ config }: Setting): string[] {
  return config.images.flatMap(image => (image.kind === 'registry' ? [image.reference.registry] : []))
}

/**
 * Finds the layers that a build of today would not have any more.
 * @returns diff ids of our base's layers, by platform; those where today's base is what we have are missing.
 */
async function findReplaced(
  registry: Registry,
  reference: Reference,
  subject: Subject,
  bases: ReadonlyMap<string, BaseImage>
): Promise<{ readonly layers: ReadonlyMap<string, readonly string[]> } | { readonly reason: string }> {
  const layers = new Map<string, readonly string[]>()
  let known = 0
  for (const { platform, digest = '' } of subject.platforms) {
    const ours = await layersOfBase(registry, reference, platform, bases.get(platform))
    if (ours.length === 0) continue
    known++
    const todays = await readLayers(registry, reference, digest)
    if (!todays.every((layer, i) => layer === ours[i])) layers.set(platform, ours)
  }
  return known > 0 ? { layers } : { reason: "which of the image's layers are its base's is not known" }
}

/** Diff ids of the base that was really used; empty where nobody tells. */
async function layersOfBase(
  registry: Registry,
  reference: Reference,
  platform: string,
  base: BaseImage | undefined
): Promise<readonly string[]> {
  if (base === undefined || base.layers.length > 0 || base.digest === undefined) return base?.layers ?? []
  const used = await openForComparison(registry, pin(reference, base.digest), [platform])
  const digest = used.platforms[0]?.digest
  return digest === undefined ? [] : readLayers(registry, reference, digest)
}

/** Diff ids of one platform's image. @throws RegistryError, TypeError when it cannot be read. */
async function readLayers(registry: Registry, reference: Reference, digest: string): Promise<readonly string[]> {
  const { records, failures } = await readBuildRecords(registry, pin(reference, digest), [digest])
  const record = records.get(digest)
  if (record === undefined) throw failures[0]
  return record.layers.map(({ diffId }) => diffId)
}

/** Today's base, and what it would take the place of. */
interface Today {
  readonly newer: Omit<Extract<RebuildAdvice, { state: 'newer' }>, 'fixes'>
  readonly subject: Subject
  /** Diff ids of our base's layers, by platform. */
  readonly layers: ReadonlyMap<string, readonly string[]>
}

/** Scans today's base, unless nothing of ours could be fixed by it. */
async function compare(
  setting: Setting,
  scanner: Scanner,
  { findings, platforms }: JudgedImage,
  today: Today
): Promise<RebuildAdvice> {
  const { newer, subject, layers } = today
  const { base } = newer
  const fixedBy = (found: ReadonlyMap<string, readonly Finding[]>) =>
    fixedByRebuild(findings, new Map([...found].flatMap(one => rebase(one, platforms, layers))))
  if (fixedBy(new Map([...layers.keys()].map(platform => [platform, []]))).length === 0) return { ...newer, fixes: [] }

  const wanted = { ...subject, platforms: subject.platforms.filter(({ platform }) => layers.has(platform)) }
  const scans = (await scanSubjects(setting, scanner, [wanted])).get(wanted) ?? []
  const reports = scans.flatMap(({ result }) => (result.complete ? [result.report] : []))
  // Of such a base nobody knows that it is clean.
  if (reports.some(recognisedNothing)) return unknown(`nothing is recognised in today's ${base}`)
  if (reports.length > 0) return { ...newer, fixes: fixedBy(findingsOf(scans)) }
  const reasons = scans.flatMap(({ result }) => (result.complete ? [] : [result.reason]))
  return unknown(`today's ${base} could not be scanned: ${reasons[0]}`)
}

function rebase(
  [platform, today]: readonly [string, readonly Finding[]],
  ours: readonly PlatformScan[],
  layers: ReadonlyMap<string, readonly string[]>
): [string, Rebased][] {
  const findings = findingsOf(ours).get(platform)
  const replaced = layers.get(platform)
  return findings === undefined || replaced === undefined ? [] : [[platform, { findings, layers: replaced, today }]]
}

/** By platform, of those whose scan is complete. */
function findingsOf(scans: readonly PlatformScan[]): ReadonlyMap<string, readonly Finding[]> {
  return new Map(
    scans.flatMap(({ platform, result }) => (result.complete ? [[platform, result.report.findings] as const] : []))
  )
}

import { bySeverity, reaches } from '../report/severity.ts'
import type { ScannedVulnerability, SignedScan, StatementFact } from './facts.ts'
import { isFuture, momentInWords } from './moment.ts'
import type { Finding } from './signatures.ts'
import { spanInWords } from './span.ts'
import type { Demand } from './trust.ts'

/** How many vulnerabilities, accepted risks or options are named. */
const MAX_NAMED = 3
const MAX_OPTION_LENGTH = 80

interface Told {
  readonly scan: SignedScan
  readonly signer: string
}

/**
 * What the signed scans of one platform mean. The newest by its own signed time decides, so that an old clean one never beats a new one that
 * found something. One from the future does not count: it would decide for ever.
 */
export function judgeScans(demand: Demand, platform: string, statements: readonly StatementFact[], now: Date): Finding {
  const { scans, unreadable } = read(statements)
  const future = scans.filter(({ scan }) => isFuture(scan.scannedAt, now))
  const notes = [
    ...future.map(
      ({ scan }) => `a scan of ${platform} is from the future (${momentInWords(scan.scannedAt)}) and does not count`
    ),
    ...unreadable.map(reason => `a signed scan of ${platform} cannot be read and does not count: ${reason}`)
  ]
  const newest = newestOf(scans.filter(told => !future.includes(told)))
  const [first] = newest
  if (first === undefined) return nothingCounts(platform, future, unreadable, notes)
  // Two of the same moment: neither is newer, so both must be good.
  const reason = newest.map(({ scan }) => problemOf(demand, platform, scan, now)).find(problem => problem !== undefined)
  const allNotes = [...notes, ...remarksOn(platform, demand, first.scan)]
  if (reason !== undefined) return { outcome: 'attestation-refused', reason, notes: allNotes }
  return { outcome: 'verified', signer: first.signer, notes: allNotes }
}

function read(statements: readonly StatementFact[]): {
  readonly scans: readonly Told[]
  readonly unreadable: readonly string[]
} {
  const scans: Told[] = []
  const unreadable: string[] = []
  for (const { says, signer } of statements) {
    if (says.kind === 'scan' && !Number.isNaN(says.scan.scannedAt.getTime())) scans.push({ scan: says.scan, signer })
    else unreadable.push(says.kind === 'unreadable' ? says.reason : 'it does not say when it was made')
  }
  return { scans, unreadable }
}

function newestOf(scans: readonly Told[]): readonly Told[] {
  const newest = Math.max(...scans.map(({ scan }) => scan.scannedAt.getTime()))
  return scans.filter(({ scan }) => scan.scannedAt.getTime() === newest)
}

function nothingCounts(
  platform: string,
  future: readonly Told[],
  unreadable: readonly string[],
  notes: readonly string[]
): Finding {
  const [reason] = unreadable
  if (future.length > 0)
    return { outcome: 'not-attested', reason: `there is no signed scan of ${platform} but one from the future`, notes }
  if (reason !== undefined)
    return {
      outcome: 'attestation-refused',
      reason: `the signed scan of ${platform} cannot be read: ${reason}`,
      notes: []
    }
  return { outcome: 'not-attested', reason: `nobody who is believed attested a scan of ${platform}`, notes }
}

function problemOf(demand: Demand, platform: string, scan: SignedScan, now: Date): string | undefined {
  const age = Math.max(0, now.getTime() - scan.scannedAt.getTime())
  const { maxAgeMs, failOn, ignoreUnfixed } = demand
  if (maxAgeMs !== undefined && age > maxAgeMs)
    return `the newest signed scan of ${platform} is ${spanInWords(age)} old, and at most ${spanInWords(maxAgeMs)} are allowed`
  if (failOn === undefined) return undefined
  const bad = distinct(
    scan.vulnerabilities.filter(({ severity, fixable }) => reaches(severity, failOn) && (fixable || !ignoreUnfixed))
  )
  if (bad.length === 0)
    return scan.recognised
      ? undefined
      : `the newest signed scan of ${platform} recognised neither an operating system nor packages, and is not called clean`
  const named = bad.map(({ id, package: name, severity }) => `${id} in ${name} (${severity})`)
  const orWorse = failOn === 'critical' ? '' : ' or worse'
  return `the newest signed scan of ${platform}, ${spanInWords(age)} old, found what is ${failOn}${orWorse}${ignoreUnfixed ? ' and can be fixed' : ''}: ${someOf(named)}`
}

/** Each vulnerability of a package once, most severe first. */
function distinct(vulnerabilities: readonly ScannedVulnerability[]): readonly ScannedVulnerability[] {
  const byName = new Map(
    vulnerabilities
      .toSorted(bySeverity)
      .toReversed()
      .map(one => [`${one.id} ${one.package}`, one])
  )
  return [...byName.values()].toSorted((a, b) => bySeverity(a, b) || (a.id < b.id ? -1 : a.id > b.id ? 1 : 0))
}

/** What makes a scan that found nothing less than it looks. */
function remarksOn(platform: string, { failOn }: Demand, { accepted, parameters }: SignedScan): string[] {
  if (failOn === undefined) return []
  const ids = [...new Set(accepted.map(({ id }) => id))].sort()
  const options = parameters.map(option => option.slice(0, MAX_OPTION_LENGTH))
  return [
    ...(ids.length > 0 ? [`the signer accepted as a risk on ${platform}: ${someOf(ids)}`] : []),
    ...(options.length > 0 ? [`the scan of ${platform} was narrowed by its options: ${someOf(options)}`] : [])
  ]
}

function someOf(items: readonly string[]): string {
  const more = items.length > MAX_NAMED ? ` and ${items.length - MAX_NAMED} more` : ''
  return `${items.slice(0, MAX_NAMED).join(', ')}${more}`
}

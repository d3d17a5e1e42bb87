import { markKnownExploited } from '../../policy/known-exploited.ts'
import type { PlatformScan } from '../../report/model.ts'
import type { Access } from '../access.ts'
import type { Rules } from '../judge/rules.ts'
import type { Prepared } from '../prepare.ts'
import type { Setting } from '../setting.ts'
import { findOrigins, type Origins } from './origins.ts'
import { type FreshScan, scanSubjects } from './scan.ts'
import type { Subject } from './subjects.ts'

/** What all scans found, and where it comes from. */
export interface Scanned {
  /** As they came from the scanner, baselines too. */
  readonly fresh: ReadonlyMap<Subject, readonly FreshScan[]>
  /** With what is known of each finding: exploited or not, and where it comes from. */
  readonly scans: ReadonlyMap<Subject, readonly PlatformScan[]>
  readonly origins: ReadonlyMap<Subject, Origins>
}

/** Scans images and baselines, with the same database. Never throws: a scan that fails is one that is not complete. */
export async function scanImages(setting: Setting, access: Access, prepared: Prepared, rules: Rules): Promise<Scanned> {
  const { scanner, subjects, baselines } = prepared
  const others = [...baselines.values()].flatMap(baseline => ('subject' in baseline ? [baseline.subject] : []))
  const fresh = await scanSubjects(setting, scanner, [...subjects, ...new Set(others)])
  const scans = new Map<Subject, readonly FreshScan[]>()
  for (const [subject, found] of fresh)
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
  return { fresh, scans, origins }
}

function marked(scan: FreshScan, exploited: Rules['exploited']): FreshScan {
  const { result } = scan
  if (!result.complete || exploited.size === 0) return scan
  return { ...scan, result: { complete: true, report: markKnownExploited(result.report, exploited) } }
}

import { evaluate } from '../../policy/evaluate.ts'
import type { Policy, Verdict } from '../../policy/policy.ts'
import { type Acceptance, suppress } from '../../policy/suppress.ts'
import type { Baseline, Gate, JudgedImage } from '../../render/outcome.ts'
import { type Compared, compareImages } from '../../report/compare.ts'
import type { PlatformScan } from '../../report/model.ts'
import type { Subject } from '../scan/subjects.ts'

/** By what an image is judged. */
export interface JudgingRules extends Acceptance {
  readonly policy: Policy
  /** What turns the step red where there is a baseline. */
  readonly scope: Gate['scope']
}

/** What to compare with, scanned; or why with nothing. */
export type ScannedBaseline =
  | {
      readonly reference: string
      readonly digest: string
      readonly scans: readonly PlatformScan[]
      /** What an attestation says: it knows vulnerabilities only, neither secrets nor packages. */
      readonly signedScan?: true
    }
  | { readonly reason: string }

/**
 * What was found in one image and what the policy says of it. The verdict is about all of it; only what turns the step red may be about
 * what the baseline does not have.
 */
export function judge(
  subject: Subject,
  platforms: readonly PlatformScan[],
  rules: JudgingRules,
  scanned?: ScannedBaseline
): JudgedImage {
  const { policy, today } = rules
  const { findings, suppressed } = suppress(subject.name, platforms, rules)
  const verdict = evaluate({ platforms, problems: subject.problems, findings, policy, today })
  const baseline = scanned && compare(subject.name, { scans: platforms, findings }, rules, scanned)
  return {
    name: subject.name,
    references: subject.references,
    ...(subject.digest === undefined ? {} : { digest: subject.digest }),
    platforms,
    platformsLeftOut: subject.leftOut,
    findings,
    suppressed,
    verdict,
    gate: gateOf(verdict, platforms, rules, scanned, baseline),
    ...(baseline === undefined ? {} : { baseline })
  }
}

function compare(name: string, now: Compared, rules: JudgingRules, scanned: ScannedBaseline): Baseline {
  if ('reason' in scanned) return { state: 'none', reason: scanned.reason }
  const { reference, digest, scans, signedScan } = scanned
  for (const { platform, result } of scans) {
    if (!result.complete)
      return { state: 'none', reason: `${reference} was not wholly scanned: ${platform}: ${result.reason}` }
  }
  // By the image's own name: an alert that is dismissed for it is dismissed in what it is compared with.
  const before = suppress(name, scans, rules).findings
  return {
    state: 'compared',
    reference,
    digest,
    before,
    ...(signedScan && { signedScan }),
    ...compareImages(signedScan ? withoutSecrets(now) : now, { scans, findings: before })
  }
}

/** Where the baseline cannot have them, they are not new. */
function withoutSecrets({ scans, findings }: Compared): Compared {
  return { scans, findings: findings.filter(({ finding }) => finding.kind !== 'secret') }
}

function gateOf(
  verdict: Verdict,
  platforms: readonly PlatformScan[],
  { policy, scope, today }: JudgingRules,
  scanned: ScannedBaseline | undefined,
  baseline: Baseline | undefined
): Gate {
  if (scope === 'all' || baseline?.state !== 'compared' || scanned === undefined || 'reason' in scanned)
    return { scope: 'all', reasons: verdict.result === 'fail' ? verdict.reasons : [] }
  const now = evaluate({ platforms, problems: [], findings: baseline.added, policy, today })
  // What is wrong with the image as a whole, such as an operating system out of support, is new unless it was so before.
  // A signed scan knows nothing of that kind.
  const platformsBefore = scanned.signedScan ? [] : scanned.scans
  const before = new Set(evaluate({ platforms: platformsBefore, problems: [], findings: [], policy, today }).reasons)
  return { scope: 'new', reasons: now.result === 'fail' ? now.reasons.filter(reason => !before.has(reason)) : [] }
}

import { applyAccepted } from '../policy/accepted.ts'
import { evaluate } from '../policy/evaluate.ts'
import type { AcceptedRisk, Policy } from '../policy/policy.ts'
import type { JudgedImage } from '../render/outcome.ts'
import { mergePlatforms } from '../report/merge.ts'
import type { PlatformScan } from '../report/model.ts'
import type { Subject } from './subjects.ts'

/**
 * What was found in one image and what the policy says of it.
 * @param today `YYYY-MM-DD` in UTC.
 */
export function judge(
  subject: Subject,
  platforms: readonly PlatformScan[],
  by: { readonly policy: Policy; readonly accepted: readonly AcceptedRisk[]; readonly today: string }
): JudgedImage {
  const { remaining, suppressed } = applyAccepted(mergePlatforms(platforms), by.accepted, by.today)
  return {
    name: subject.name,
    references: subject.references,
    ...(subject.digest === undefined ? {} : { digest: subject.digest }),
    platforms,
    findings: remaining,
    suppressed,
    verdict: evaluate({ platforms, problems: subject.problems, findings: remaining, policy: by.policy })
  }
}

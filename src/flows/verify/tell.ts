import { attempt } from '../../publish/attempt.ts'
import { publishOutputs } from '../../publish/outputs.ts'
import { publishSummary } from '../../publish/summary.ts'
import { renderVerificationOutputs, verificationErrors } from '../../render/verification-outputs.ts'
import { renderVerificationSummary } from '../../render/verification-summary.ts'
import { renderVerificationTable } from '../../render/verification-table.ts'
import { passes, resultInLine, type VerificationRun } from '../../render/verification-words.ts'
import type { Conclusion } from '../conclude.ts'
import type { VerifySetting } from './asked.ts'

/** Tells the result: outputs first, then job summary, log and annotations. @returns red if any image is refused. */
export async function tellVerification({ env, log }: VerifySetting, run: VerificationRun): Promise<Conclusion> {
  const { images } = run
  publishOutputs(renderVerificationOutputs(images))
  const summary = await attempt(() => publishSummary(env['GITHUB_STEP_SUMMARY'], renderVerificationSummary(run)))
  await log.group('Result', async () => log.verbatim(renderVerificationTable(run)))
  if (summary.state === 'skipped') log.info(`Skipped job summary: ${summary.reason}`)
  for (const { message, place } of verificationErrors(images)) log.error(message, place)
  if (images.length > 0 && !images.every(passes)) return { verdicts: [resultInLine(images)], failures: [] }
  log.info(resultInLine(images))
  return { verdicts: [], failures: [] }
}

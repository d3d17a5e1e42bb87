import { setFailed } from '@actions/core'
import { messageOf, ToolError } from '../lib/errors.ts'
import { inert } from '../lib/log.ts'
import type { Published } from '../publish/result.ts'
import type { ImageOutcome } from '../render/outcome.ts'
import type { ScanConfig } from '../inputs/scan-config.ts'

/**
 * Why the step is red; empty when it is not. Nothing else turns it red.
 * @param upload what became of code scanning; `attempted` is false where the event does not allow it.
 */
export function reasonsToFail(
  images: readonly ImageOutcome[],
  config: Pick<ScanConfig, 'onFail' | 'codeScanning'>,
  upload: { readonly published: Published; readonly attempted: boolean }
): readonly string[] {
  const reasons = images.flatMap(({ name, verdict, signing }) => [
    ...(verdict.result === 'incomplete' ? [`${name} was not wholly scanned: ${verdict.reasons.join('; ')}`] : []),
    ...(verdict.result === 'fail' && config.onFail === 'error' ? [`${name} does not pass: ${verdict.reasons.join('; ')}`] : []),
    ...(signing.state === 'failed' ? [`${name} was not signed: ${withRemedy(signing.reason, signing.remedy)}`] : [])
  ])
  const { published, attempted } = upload
  if (config.codeScanning !== 'required' || !attempted || published.state === 'published') return reasons
  return [...reasons, `code scanning is required and was not reached: ${withRemedy(published.reason, published.remedy)}`]
}

/** The only place that turns the step red because of what was found. */
export function conclude(reasons: readonly string[]): void {
  if (reasons.length > 0) setFailed(inert(reasons.join('\n')))
}

/** The only place that turns the step red because of an error. One sentence, its remedy, no stack. */
export function concludeError(error: unknown): void {
  const remedy = error instanceof ToolError ? error.remedy : undefined
  setFailed(inert(withRemedy(messageOf(error), remedy)))
}

function withRemedy(reason: string, remedy: string | undefined): string {
  return remedy === undefined ? reason : `${reason.replace(/\.$/, "")}. ${remedy}`
}

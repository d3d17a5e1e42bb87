import { ExitCode, setFailed } from '@actions/core'
import type { ScanConfig } from '../inputs/scan-config.ts'
import { messageOf, ToolError } from '../lib/errors.ts'
import { inert, type Log } from '../lib/log.ts'
import type { Published } from '../publish/result.ts'
import type { ImageOutcome } from '../render/outcome.ts'
import { promotionFailure } from '../render/promotion-words.ts'
import { missedSignature, signingInWords } from '../render/signature-words.ts'
import { withShortDigests } from '../render/words.ts'

/** Why the step is red; all empty when it is not. */
export interface Conclusion {
  /** Sentences about verdicts, which the verdict's annotation tells as well. */
  readonly verdicts: readonly string[]
  /** What should have happened after that and did not, with the remedy; nothing else tells it. */
  readonly failures: readonly string[]
}

/**
 * Why the step is red. Nothing else turns it red.
 * @param upload what became of code scanning; `attempted` is false where the event does not allow it.
 */
export function reasonsToFail(
  images: readonly ImageOutcome[],
  config: Pick<ScanConfig, 'onFail' | 'codeScanning'>,
  upload: { readonly published: Published; readonly attempted: boolean }
): Conclusion {
  const { published, attempted } = upload
  const missed = config.codeScanning === 'required' && attempted && published.state === 'skipped'
  return {
    verdicts: images.flatMap(({ name, verdict, gate }) => [
      ...(verdict.result === 'incomplete' ? [`${name} was not wholly scanned: ${verdict.reasons.join('; ')}`] : []),
      ...(gate.reasons.length > 0 && verdict.result === 'fail' && config.onFail === 'error'
        ? [`${name} does not pass: ${gate.reasons.join('; ')}${gate.scope === 'new' ? ', new in this change' : ''}`]
        : [])
    ]),
    failures: [
      ...images.flatMap(notSignedOrPromoted),
      ...(missed
        ? [`code-scanning is required, but nothing was uploaded: ${withRemedy(published.reason, published.remedy)}`]
        : [])
    ]
  }
}

/** What is not signed is not promoted either, which need not be said twice. */
function notSignedOrPromoted(image: ImageOutcome): string[] {
  const { name, signing } = image
  if (signing.state === 'failed')
    return [`${name} is not signed as it should be: ${withRemedy(withShortDigests(signing.reason), signing.remedy)}`]
  const missed = missedSignature(image)
  if (missed !== undefined) return [`${name}: ${withRemedy(signingInWords(image), missed.remedy)}`]
  const failure = promotionFailure(image)
  return failure === undefined
    ? []
    : [`${name} is not promoted as it should be: ${withRemedy(failure.reason, failure.remedy)}`]
}

/**
 * The only place that turns the step red because of what was found. The verdict is an annotation already, and the runner keeps ten of a
 * level, so a verdict's reason is only a line here.
 */
export function conclude({ verdicts, failures }: Conclusion, log: Log): void {
  for (const reason of verdicts) log.info(`Red: ${reason}`)
  for (const reason of failures) log.error(reason)
  if (verdicts.length + failures.length > 0) process.exitCode = ExitCode.Failure
}

/** The only place that turns the step red because of an error. One sentence, its remedy, no stack. */
export function concludeError(error: unknown): void {
  const remedy = error instanceof ToolError ? error.remedy : undefined
  setFailed(inert(withRemedy(messageOf(error), remedy)))
}

/** A remedy is a sentence, or YAML to be written into the workflow as it is. */
function withRemedy(reason: string, remedy: string | undefined): string {
  if (remedy === undefined) return reason
  const sentence = reason.replace(/\.$/, '')
  if (/^[\w-]+:/.test(remedy)) return `${sentence}. Write into the workflow:\n${remedy}`
  return `${sentence}. ${remedy.charAt(0).toUpperCase()}${remedy.slice(1)}`
}

/** Something that the workflow's author can mend: printed as one sentence with the remedy, without a stack. */
export class UserError extends Error {
  override name = 'UserError'
}

/** A tool, a registry or GitHub did not do what was asked; `remedy` says what may help, where that is known. */
export class ToolError extends Error {
  override name = 'ToolError'
  readonly remedy: string | undefined

  constructor(message: string, options: { cause?: unknown; remedy?: string } = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause })
    this.remedy = options.remedy
  }
}

/**
 * The text of anything that was thrown, with the chain of causes ("a: b: c").
 * @param thrown whatever `catch` caught; need not be an Error.
 */
export function messageOf(thrown: unknown): string {
  if (!(thrown instanceof Error)) return String(thrown)
  const own = thrown.message || thrown.name
  return thrown.cause === undefined ? own : `${own}: ${messageOf(thrown.cause)}`
}

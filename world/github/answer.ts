/** What the stand-in answers. */
export interface Answer {
  readonly status: number
  /** Sent as JSON; nothing is sent where absent. */
  readonly body?: unknown
  /** Sent as it is, in place of `body`. */
  readonly raw?: Uint8Array
  readonly headers?: Readonly<Record<string, string>>
}

const DOCUMENTATION = 'https://docs.github.com/rest'

/** An error in the shape that GitHub's REST API has for all of them. */
export function failure(status: number, message: string): Answer {
  return { status, body: { message, documentation_url: DOCUMENTATION, status: String(status) } }
}

/** 422 with what is wrong, as GitHub says it. */
export function validationFailed(
  errors: readonly { resource: string; code: string; field: string; message?: string }[]
): Answer {
  return {
    status: 422,
    body: { message: 'Validation Failed', errors, documentation_url: DOCUMENTATION, status: '422' }
  }
}

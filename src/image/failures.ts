import { messageOf, ToolError } from '../lib/errors.ts'
import { asArray, isObject, text } from '../lib/json.ts'
import { codeOf, type HttpResponse } from './http.ts'

/** A registry did not give what was asked for. */
export class RegistryError extends ToolError {
  override name = 'RegistryError'
  /** The HTTP status; undefined when there was no answer at all. */
  readonly status: number | undefined

  constructor(message: string, options: { status?: number; cause?: unknown; remedy?: string }) {
    super(message, options)
    this.status = options.status
  }
}

/** True when the registry answered that it does not have the thing. */
export function isNotFound(error: unknown): boolean {
  return error instanceof RegistryError && error.status === 404
}

/**
 * What an answer other than success means.
 * @param subject what was asked for, in words that a sentence can begin with: `ghcr.io/acme/app@sha256:…`
 */
export function refusal(subject: string, host: string, response: HttpResponse): RegistryError {
  const { status } = response
  const said = registryWords(response)
  if (status === 404) {
    return new RegistryError(`${subject} is not in the registry${said}`, {
      status,
      remedy: 'Was it pushed before this step, and is the tag or digest right?'
    })
  }
  if (status === 401 || status === 403) {
    return new RegistryError(`${host} does not let us read ${subject} (${status})${said}`, {
      status,
      remedy:
        'Log in first with docker/login-action, or set registry-username and registry-password. On ghcr.io the job needs packages: read.'
    })
  }
  if (status === 429) {
    return new RegistryError(`${host} limits how often it may be asked (429)${said}`, {
      status,
      remedy: 'Log in with docker/login-action for a higher limit, or run the job again later.'
    })
  }
  return new RegistryError(`${host} answered ${status} for ${subject}${said}`, {
    status,
    remedy: 'Run the job again later.'
  })
}

/** Source: what ECR (TAG_INVALID), Harbor (PRECONDITION), Quay and Artifact Registry answer for a tag that is there. */
const IMMUTABLE = /TAG_INVALID|immutab|cannot be overwritten|PRECONDITION/i

/**
 * What a refusal to take something means.
 * @param subject what was to be written: a repository, a tag, a digest.
 */
export function writeRefusal(subject: string, host: string, response: HttpResponse): RegistryError {
  const { status } = response
  const said = registryWords(response)
  const fail = (message: string, remedy: string) => new RegistryError(`${message}${said}`, { status, remedy })
  if (status === 409 || status === 412 || (status >= 400 && status < 500 && IMMUTABLE.test(said))) {
    return fail(
      `${host} does not let ${subject} be written again (${status}), because its tags are immutable`,
      "Exempt this tag from immutability in the registry's settings, or give it another name."
    )
  }
  if (status === 401 || status === 403) {
    return fail(
      `${host} does not let this job write ${subject} (${status})`,
      'Log in first with docker/login-action as somebody who may push there. On ghcr.io the job needs packages: write, and the package must be linked to the repository.'
    )
  }
  if (status === 404) {
    return fail(
      `${subject} cannot be written, because ${host} does not have that repository (404)`,
      'Check its name, or create it first: not every registry does so at the first push.'
    )
  }
  if (status === 413) {
    return fail(
      `${host} takes nothing as large as ${subject} (413)`,
      'Raise the limit of a request in the registry, or in the proxy before it.'
    )
  }
  return refusal(subject, host, response)
}

/** What it means that there was no answer. */
export function unreachable(host: string, error: unknown): Error {
  if (error instanceof ToolError) return error
  const code = codeOf(error)
  const [reason, remedy] = explain(code)
  return new RegistryError(`${host} ${reason}`, { cause: code ? new Error(code) : new Error(messageOf(error)), remedy })
}

function explain(code: string): readonly [string, string] {
  if (/^(ENOTFOUND|EAI_AGAIN|EAI_NODATA)$/.test(code)) {
    return [
      'is a host that cannot be found',
      'Check the name of the registry, and the DNS and proxy settings of the runner.'
    ]
  }
  if (/CERT|SELF_SIGNED|ERR_TLS|UNABLE_TO_/.test(code)) {
    return [
      'has a certificate that is not trusted',
      "For a company's own authority, set NODE_EXTRA_CA_CERTS before the runner starts."
    ]
  }
  if (/TIMEDOUT|TIMEOUT/.test(code)) {
    return ['did not answer in time', 'Check the firewall and the proxy settings of the runner, or run the job again.']
  }
  if (code === 'TOO_LARGE')
    return ['sent more than such an answer may hold', 'Check that the reference names a container image.']
  return ['cannot be reached', 'Check the name of the registry, and the firewall and proxy settings of the runner.']
}

/** The first error that the registry names, short and on one line: its words are untrusted. */
function registryWords(response: HttpResponse): string {
  try {
    const body: unknown = JSON.parse(response.body.toString('utf8'))
    const first = isObject(body) ? asArray(body['errors'], 'errors').find(isObject) : undefined
    if (first === undefined) return ''
    const words = [text(first, 'code'), text(first, 'message')].filter(Boolean).join(': ')
    return words ? `: ${words.replace(/[\p{Cc}\p{Cf}\s]+/gu, ' ').slice(0, 200)}` : ''
  } catch {
    return ''
  }
}

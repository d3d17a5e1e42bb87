import type { Answer } from './answer.ts'

/** A way in which GitHub fails. The first rule that fits a request decides; `times` counts down. */
export interface Rule {
  /** Any, where absent. */
  readonly method?: string
  /** Regular expression that is looked for in the path with its query; any path, where absent. */
  readonly path?: string
  /** With `status`, this is the answer; without, the request is only delayed. */
  readonly status?: number
  readonly body?: unknown
  readonly headers?: Readonly<Record<string, string>>
  /** For so many requests; for all, where absent. */
  times?: number
  readonly delayMs?: number
  /** Never answers. */
  readonly hang?: boolean
}

/** Takes the rule that fits a request, and counts it down. */
export function takeRule(rules: Rule[], method: string, path: string): Rule | undefined {
  const rule = rules.find(
    ({ method: wanted = method, path: pattern = '', times = 1 }) =>
      wanted === method && times > 0 && new RegExp(pattern).test(path)
  )
  if (rule?.times !== undefined) rule.times -= 1
  return rule
}

/** GitHub's own words for what `status` usually means; a rule's `body` takes their place. */
const MESSAGES: Readonly<Record<number, string>> = {
  401: 'Bad credentials',
  403: 'Resource not accessible by integration',
  404: 'Not Found',
  409: 'Conflict',
  410: 'Issues has been disabled in this repository.',
  413: 'Payload Too Large',
  422: 'Validation Failed',
  429: 'You have exceeded a secondary rate limit. Please wait a few minutes before you try again.'
}

/** The answer of a rule that has a `status`. */
export function answerOf(rule: Rule & { readonly status: number }): Answer {
  const message = MESSAGES[rule.status] ?? 'Server Error'
  const body = rule.body ?? { message, documentation_url: 'https://docs.github.com/rest', status: String(rule.status) }
  return { status: rule.status, body, headers: rule.headers ?? {} }
}

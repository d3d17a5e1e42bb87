import { isAbsolute, relative, resolve } from 'node:path'
import { listed } from '../../render/words.ts'
import type { SignedBy } from '../../trust/trust.ts'
import type { VerifySetting } from './asked.ts'

/** Events on which actions/checkout checks out the pull request merged into its base. */
const OF_THE_PULL_REQUEST = ['pull_request', 'pull_request_review', 'pull_request_review_comment']

/**
 * Where a pull request can be in the checkout, it can bring what makes any image pass. verify/ has no token to compare it with the base, so it
 * says so.
 * @returns nothing on events that are about no pull request, or when all trust comes from the workflow itself.
 */
export function warningsOf(setting: VerifySetting, signers: readonly SignedBy[]): readonly string[] {
  const whose = whoseCheckout(setting)
  const files = filesOfTrust(setting, signers)
  if (whose === undefined || files.length === 0) return []
  const [are, these] = files.length === 1 ? ['is', 'this file'] : ['are', 'these files']
  return [
    `${listed(files)} ${are} read from the checkout, which ${whose} have changed whom to trust, and verify has no token to compare it with the base. Give key and rules as inputs of the workflow, verify in a checkout of the base, or have every change of ${these} reviewed (CODEOWNERS)`
  ]
}

/** The payload of workflow_run names no pull request where that is of a fork. */
function whoseCheckout({ context: { event, pullRequest } }: VerifySetting): string | undefined {
  if (OF_THE_PULL_REQUEST.includes(event))
    return "on a pull request is the pull request's own unless the workflow checks out something else: it may"
  if (pullRequest === undefined && event !== 'workflow_run') return undefined
  return `on ${event} is the base's unless the workflow checks out a pull request: that may then`
}

function filesOfTrust(setting: VerifySetting, signers: readonly SignedBy[]): readonly string[] {
  const { trust, trustedRoot } = setting.config
  const keys = signers.flatMap(({ signer }) =>
    signer.kind === 'keys' ? signer.keys.flatMap(key => (key.kind === 'path' ? [key.path] : [])) : []
  )
  const files = [
    ...(trust.kind === 'policy-file' ? [trust.path] : []),
    ...keys,
    ...(trustedRoot === undefined || isOutside(setting, trustedRoot) ? [] : [trustedRoot])
  ]
  return [...new Set(files)]
}

/** A trusted root may lie anywhere: where the runner's owner put it, no pull request changes it. */
function isOutside({ context: { workspace } }: VerifySetting, path: string): boolean {
  const fromWorkspace = relative(workspace, resolve(workspace, path))
  return fromWorkspace.startsWith('..') || isAbsolute(fromWorkspace)
}

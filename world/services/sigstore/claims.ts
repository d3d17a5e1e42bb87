import { randomUUID } from 'node:crypto'
import { numberOf, SHA } from '../../runner/payloads.ts'

const VALID_SECONDS = 300

/**
 * The claims of a GitHub Actions ID token, apart from issuer and audience.
 * Source: https://docs.github.com/en/actions/reference/security/oidc#oidc-token-claims
 * @param asked the run: `repository` (acme/app), `workflow` (a file in .github/workflows, build.yml), `ref`, `sha`, `event_name`, `run_id`, `actor`,
 * `repository_visibility`, `environment`; any other claim's name sets that claim, so that `job_workflow_ref` names a reusable workflow.
 * @param now seconds since 1970.
 */
export function claimsOf(asked: URLSearchParams, now: number): Record<string, string | number> {
  const given = (name: string, otherwise: string) => asked.get(name) ?? otherwise
  const repository = given('repository', 'acme/app')
  const [owner = ''] = repository.split('/')
  const ref = given('ref', 'refs/heads/main')
  const sha = given('sha', SHA.main)
  const file = given('workflow', 'build.yml')
  const workflow = `${repository}/.github/workflows/${file}@${ref}`
  const event = given('event_name', 'push')
  const actor = given('actor', 'octocat')
  const claims = {
    ...COMMON,
    jti: randomUUID(),
    sub: `repo:${repository}:${subjectOf(asked.get('environment'), event, ref)}`,
    ref,
    ref_type: ref.startsWith('refs/tags/') ? 'tag' : 'branch',
    sha,
    repository,
    repository_id: String(numberOf(repository)),
    repository_owner: owner,
    repository_owner_id: String(numberOf(owner)),
    actor,
    actor_id: String(numberOf(actor)),
    event_name: event,
    workflow_ref: workflow,
    workflow_sha: sha,
    job_workflow_ref: workflow,
    job_workflow_sha: sha,
    iat: now,
    nbf: now,
    exp: now + VALID_SECONDS
  }
  const others = [...asked].filter(([name]) => !NOT_CLAIMS.has(name))
  return { ...claims, ...Object.fromEntries(others), workflow: file.replace(/\.ya?ml$/, '') }
}

const COMMON = {
  ref_protected: 'false',
  repository_visibility: 'public',
  run_id: '1',
  run_number: '1',
  run_attempt: '1',
  head_ref: '',
  base_ref: '',
  runner_environment: 'github-hosted'
}

/** Parameters of a token request that are not claims. */
const NOT_CLAIMS: ReadonlySet<string> = new Set(['api-version', 'audience', 'fault', 'workflow'])

function subjectOf(environment: string | null, event: string, ref: string): string {
  if (environment !== null) return `environment:${environment}`
  return event === 'pull_request' ? event : `ref:${ref}`
}

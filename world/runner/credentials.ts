import type { World } from '../world.ts'
import { WORKFLOW_FILE } from './environment.ts'
import type { Event } from './events.ts'

/** Variables with secrets that the runner masks: the token for ID tokens of itself, that of Vault as one that stands in `secrets`. */
export const SECRET_VARIABLES = ['ACTIONS_ID_TOKEN_REQUEST_TOKEN', 'VAULT_TOKEN'] as const

/**
 * The variables that the runner sets only where the job has `id-token: write`; the token that they lead to is about the event's repository, ref
 * and workflow. Source: https://docs.github.com/en/actions/reference/security/oidc#methods-for-requesting-the-oidc-token
 * @param more claims of another kind, or a fault, as parameters of the stand-in (services/oidc.ts).
 */
export function idTokenVariables(
  { sigstore }: Pick<World, 'sigstore'>,
  event: Event,
  more: Readonly<Record<string, string>> = {}
): Record<string, string> {
  const url = new URL(sigstore.oidc.requestUrl)
  const repository = event.payload['repository'] as { readonly visibility: string }
  const claims = {
    repository: event.repository,
    repository_visibility: repository.visibility,
    workflow: WORKFLOW_FILE,
    ref: event.ref,
    sha: event.sha,
    event_name: event.name,
    run_id: event.runId,
    actor: event.actor,
    head_ref: event.headRef,
    base_ref: event.baseRef,
    ...more
  }
  for (const [name, value] of Object.entries(claims)) url.searchParams.set(name, value)
  return { ACTIONS_ID_TOKEN_REQUEST_URL: url.href, ACTIONS_ID_TOKEN_REQUEST_TOKEN: sigstore.oidc.requestToken }
}

/** The variables by which cosign finds the world's Vault, as a workflow sets them for a step. */
export function vaultVariables({ vault }: Pick<World, 'vault'>): Record<string, string> {
  return { VAULT_ADDR: vault.address, VAULT_TOKEN: vault.token }
}

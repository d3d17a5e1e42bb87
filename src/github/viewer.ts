import { asString, isObject } from '../lib/json.ts'

/** Author of comments that are made with GITHUB_TOKEN. */
const ACTIONS_LOGIN = 'github-actions[bot]'

/**
 * Login of the token's owner. `GET /user` is closed to GITHUB_TOKEN; GraphQL's `viewer` is not. Where GraphQL is refused, it is most likely
 * GITHUB_TOKEN. Never rejects.
 * @param graphql sends a query and resolves to its data.
 */
export async function viewerLogin(graphql: (query: string) => Promise<unknown>): Promise<string> {
  try {
    const answer = await graphql('query { viewer { login } }')
    const viewer = isObject(answer) ? answer['viewer'] : undefined
    return isObject(viewer) ? asString(viewer['login'], 'viewer.login') : ACTIONS_LOGIN
  } catch {
    return ACTIONS_LOGIN
  }
}

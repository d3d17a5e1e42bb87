import { createClient, type GitHubClient } from '../github/client.ts'
import { VERSION } from '../lib/version.ts'
import type { Setting } from './setting.ts'

/** The way to GitHub; undefined without a token. */
export function connect({ config, context }: Setting): GitHubClient | undefined {
  if (config.githubToken === '') return undefined
  return createClient({
    token: config.githubToken,
    repository: context.repository,
    apiUrl: context.apiUrl,
    version: VERSION
  })
}

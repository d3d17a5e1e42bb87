import { readFile } from 'node:fs/promises'
import type { PlantedAlert, State } from '../../../world/github/controls.ts'
import type { Rule } from '../../../world/github/faults.ts'
import type { NewIssue } from '../../../world/github/issues.ts'
import type { Files, Issue, Settings } from '../../../world/github/memory.ts'
import { world } from './world.ts'

/** A line of the stand-in's log. */
export interface LoggedRequest {
  readonly method: string
  readonly path: string
  readonly status: number
  readonly body?: unknown
  readonly repository: string
}

/** The requests that GitHub got about a repository, in order, as they stand in the log. */
export async function githubRequests(repository: string): Promise<readonly LoggedRequest[]> {
  const text = await readFile(world().github.log, 'utf8').catch(() => '')
  const lines = text.split('\n').filter(line => line !== '')
  return lines.map(line => JSON.parse(line) as LoggedRequest).filter(request => request.repository === repository)
}

/** Comments, uploads and requests of a repository. Throws when a request was not what GitHub's description allows. */
export async function githubState(repository: string): Promise<State> {
  const response = await fetch(control(repository))
  const state = (await response.json()) as State
  if (state.invalid.length > 0) throw new Error(`Invalid requests: ${JSON.stringify(state.invalid, null, 2)}`)
  return state
}

/** Makes GitHub fail for a repository; the rules take the place of those before. */
export async function setFaults(repository: string, ...rules: readonly Rule[]): Promise<void> {
  await post(`${control(repository)}/faults`, rules)
}

/** Changes what GitHub knows of a repository. */
export async function setSettings(repository: string, settings: Partial<Settings>): Promise<void> {
  await post(`${control(repository)}/settings`, settings)
}

/** Puts a comment by somebody else on an issue or pull request. */
export async function plantComment(
  repository: string,
  issueNumber: number,
  author: string,
  body: string
): Promise<void> {
  await post(`${control(repository)}/comments`, { issueNumber, author, body })
}

/** Opens an issue by somebody else, or, with `pullRequest`, a pull request. Numbers begin at 101. */
export async function plantIssue(repository: string, issue: NewIssue): Promise<Issue> {
  return (await post(`${control(repository)}/issues`, issue)) as Issue
}

/** Makes these the code-scanning alerts of a repository, numbered from 1, in place of those before. */
export async function plantAlerts(repository: string, ...alerts: readonly PlantedAlert[]): Promise<void> {
  await post(`${control(repository)}/alerts`, alerts)
}

/** Sets what a commit or branch holds, contents by path. One without files does not exist for GitHub. */
export async function setFiles(repository: string, ref: string, files: Files): Promise<void> {
  await post(`${control(repository)}/files`, { ref, files })
}

function control(repository: string): string {
  return `${world().github.apiUrl}/_world/repos/${repository}`
}

async function post(url: string, body: unknown): Promise<unknown> {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body)
  })
  if (!response.ok) throw new Error(`${url} answered ${response.status}: ${await response.text()}`)
  return response.json()
}

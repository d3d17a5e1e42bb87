import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { dirname, join } from 'node:path'
import type { GitHubClient } from '../../github/client.ts'
import { messageOf, UserError } from '../../lib/errors.ts'
import { MARKING, markBrought } from '../../policy/brought.ts'
import { parseIgnoreFile } from '../../policy/ignore-file.ts'
import type { AcceptedRisk } from '../../policy/policy.ts'
import { recogniseVex } from '../../policy/vex.ts'
import type { Skipped } from '../../render/outcome.ts'
import { repositoryPath, requiredFile, workspaceFile } from '../scan/workspace-files.ts'
import type { Setting } from '../setting.ts'
import { onlyBaseCounts, readBaseFiles } from './base-files.ts'

/** What files accept in this run. */
export interface AcceptedRisks {
  /** Of all ignore files, in their order, expired ones too. */
  readonly risks: readonly AcceptedRisk[]
  /** The VEX documents that count: their names by absolute path. */
  readonly vexFiles: ReadonlyMap<string, string>
  /** Names of those VEX documents that the pull request brings or changes. */
  readonly vexByPullRequest: readonly string[]
  readonly skipped: readonly Skipped[]
}

/** Trivy's names; read when they exist. */
const DEFAULT_FILES = ['.trivyignore', '.trivyignore.yaml']

const NONE: AcceptedRisks = { risks: [], vexFiles: new Map(), vexByPullRequest: [], skipped: [] }

/** A file that may accept something. */
interface Named {
  readonly kind: 'ignore' | 'vex'
  /** As the input has it, relative to the workspace. */
  readonly name: string
}

/** The same with what it says. */
interface Content extends Named {
  readonly text: string
  /** Absolute. */
  readonly path: string
}

/**
 * Reads every ignore file and VEX document that counts: those of the workspace, or those of the pull request's base. GitHub is asked only on a pull request,
 * and only when there are such files. A default file that the pull request removes does not count, whatever its base has.
 * @param client absent without a token.
 * @throws UserError for a file that was asked for and is not there, or that cannot be understood: silence would show less than there is.
 */
export async function readAcceptedRisks(setting: Setting, client: GitHubClient | undefined): Promise<AcceptedRisks> {
  const files = await filesOf(setting)
  if (files.length === 0) return NONE
  if (onlyBaseCounts(setting)) return fromBase(setting, client, files)
  const contents = await Promise.all(files.map(file => readOwn(setting, file)))
  const own = understand(contents)
  return setting.context.pullRequest === undefined ? own : mark(setting, client, contents, own)
}

async function filesOf(setting: Setting): Promise<readonly Named[]> {
  const { ignoreFiles, vexFiles } = setting.config
  const present = await Promise.all(DEFAULT_FILES.map(name => workspaceFile(setting, name)))
  const ignore = ignoreFiles.length > 0 ? ignoreFiles : DEFAULT_FILES.filter((_, i) => present[i] !== undefined)
  return [
    ...ignore.map(name => ({ kind: 'ignore' as const, name })),
    ...vexFiles.map(name => ({ kind: 'vex' as const, name }))
  ]
}

async function readOwn(setting: Setting, { kind, name }: Named): Promise<Content> {
  const path = await requiredFile(setting, kind === 'vex' ? 'vex' : 'ignore-file', name)
  return { kind, name, path, text: await readFile(path, 'utf8') }
}

/** @throws UserError for what cannot be understood. */
function understand(contents: readonly Content[]): AcceptedRisks {
  const vex = contents.filter(({ kind }) => kind === 'vex')
  for (const { name, text } of vex) recogniseVex(name, text)
  return { ...NONE, risks: risksOf(contents), vexFiles: new Map(vex.map(({ path, name }) => [path, name])) }
}

function risksOf(files: readonly (Named & { readonly text: string })[]): AcceptedRisk[] {
  return files.flatMap(({ kind, name, text }) => (kind === 'ignore' ? parseIgnoreFile(name, text) : []))
}

/** What the base accepts and nothing else. When that cannot be known, nothing is accepted: it is the safe side. */
async function fromBase(
  setting: Setting,
  client: GitHubClient | undefined,
  files: readonly Named[]
): Promise<AcceptedRisks> {
  const why = setting.config.ignoreFrom === 'base' ? 'ignore-from is base' : 'this run may sign'
  const base = await readBaseFiles(setting, client, namesOf(files))
  if ('reason' in base) {
    const reason = `${why}, so only those of the pull request's base count, and they cannot be read: ${base.reason}`
    return { ...NONE, skipped: [say(setting, 'accepted risks', reason, base.remedy)] }
  }
  const directory = await setting.directory.empty('base')
  const found = files.flatMap(file => {
    const text = base.texts.get(file.name)
    return text === undefined ? [] : [{ ...file, text, path: join(directory, repositoryPath(setting, file.name)) }]
  })
  const absent = namesOf(files).filter(name => !base.texts.has(name))
  const missing =
    absent.length === 0
      ? []
      : [say(setting, 'accepted risks', `${why}, and its base, ${base.commit}, does not have ${absent.join(', ')}`)]
  try {
    const accepted = understand(found)
    await Promise.all(found.filter(({ kind }) => kind === 'vex').map(keep))
    return { ...accepted, skipped: missing }
  } catch (error) {
    // Only a merge can mend the base: the pull request that does it must be able to pass.
    if (!(error instanceof UserError)) throw error
    const reason = `${why}, and in the pull request's base, ${base.commit}, ${error.message}`
    return { ...NONE, skipped: [...missing, say(setting, 'accepted risks', reason)] }
  }
}

async function keep({ path, text }: Content): Promise<void> {
  await mkdir(dirname(path), { recursive: true })
  await writeFile(path, text)
}

/** Marks what the base does not have. When that cannot be known, everything counts without a mark, and that is said. */
async function mark(
  setting: Setting,
  client: GitHubClient | undefined,
  contents: readonly Content[],
  own: AcceptedRisks
): Promise<AcceptedRisks> {
  const unknown = (reason: string, remedy?: string) => {
    const said = `nobody can tell it from what its base accepts: ${reason}`
    return { ...own, skipped: [say(setting, MARKING, said, remedy)] }
  }
  const base = await readBaseFiles(setting, client, namesOf(contents))
  if ('reason' in base) return unknown(base.reason, base.remedy)
  const before = contents.flatMap(({ kind, name }) => {
    const text = base.texts.get(name)
    return text === undefined ? [] : [{ kind, name, text }]
  })
  const changed = contents.filter(({ kind, name, text }) => kind === 'vex' && !isSame(text, base.texts.get(name)))
  try {
    return {
      ...own,
      risks: markBrought(own.risks, risksOf(before)),
      vexByPullRequest: changed.map(({ name }) => name)
    }
  } catch (error) {
    return unknown(`in ${base.commit}, ${messageOf(error)}`)
  }
}

function namesOf(files: readonly Named[]): string[] {
  return [...new Set(files.map(({ name }) => name))]
}

/** A checkout on Windows may have other line ends. */
function isSame(text: string, base: string | undefined): boolean {
  return text.replaceAll('\r\n', '\n') === base?.replaceAll('\r\n', '\n')
}

function say({ log }: Setting, what: string, reason: string, remedy?: string): Skipped {
  log.notice(`${what}: ${reason}.${remedy === undefined ? '' : ` Remedy: ${remedy}`}`)
  return remedy === undefined ? { what, reason } : { what, reason, remedy }
}

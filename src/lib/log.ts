import { randomUUID } from 'node:crypto'
import * as core from '@actions/core'
import { createGroups } from './groups.ts'

/** Where an annotation stands on the run's page and in the pull request's files. */
export interface AnnotationPlace {
  readonly title?: string
  /** Relative to the repository's root. */
  readonly file?: string
  /** From 1; only with `file`. */
  readonly line?: number
}

/** What the step says in its log. */
export interface Log {
  /** One line of ours. Nothing in it is taken for a workflow command, wherever its parts come from. */
  info(line: string): void
  debug(line: string): void
  /** An annotation: shows on the run's page, so few of them. */
  notice(message: string, place?: AnnotationPlace): void
  warning(message: string, place?: AnnotationPlace): void
  error(message: string, place?: AnnotationPlace): void
  /** Several lines of a tool, between stop-commands tokens. */
  verbatim(text: string): void
  /** Has the runner hide a secret that is no input wherever it is printed later, in this job's other steps too. */
  mask(secret: string): void
  /**
   * Folds what `work` and whatever it calls log under `title`, with a line behind it that says how long it took. What others log
   * meanwhile comes after it.
   */
  group<T>(title: string, work: () => Promise<T>): Promise<T>
  /** Closes what is still open and writes what still waits: to be called at the step's end, however it ends. */
  end(): void
}

/**
 * The runner's log. Source of the rules: actions/runner, ActionCommand.cs and OutputManager.cs.
 * @param now milliseconds from any fixed moment on.
 */
export function createLog(now: () => number = () => performance.now()): Log {
  const { write, group, end } = createGroups({ open: core.startGroup, close: core.endGroup, line: core.info, now })
  return {
    info: line => write(() => core.info(inert(line))),
    debug: line => write(() => core.debug(inert(line))),
    notice: (message, place) => write(() => core.notice(inert(message), properties(place))),
    warning: (message, place) => write(() => core.warning(inert(message), properties(place))),
    error: (message, place) => write(() => core.error(inert(message), properties(place))),
    verbatim: text => write(() => writeVerbatim(text)),
    // At once: nothing of it may be printed before.
    mask: core.setSecret,
    group: (title, work) => group(inert(title), work),
    end
  }
}

function writeVerbatim(text: string): void {
  const token = randomUUID()
  core.info(`::stop-commands::${token}`)
  for (const line of text.split('\n')) core.info(`| ${inert(line)}`)
  core.info(`::${token}::`)
}

/**
 * A text that the runner cannot take for a command: no control characters but line ends and tabs, no `::` at a line's beginning, no `##[`
 * anywhere (the runner looks for that inside lines too). It compares by culture, for which combining marks and the like are not there: they
 * may stand between.
 */
export function inert(text: string): string {
  return text
    .toWellFormed()
    .replace(/\r\n?|[\u0085\u2028\u2029]/g, '\n')
    .replace(/[\p{Cc}\p{Cf}]/gu, character => (character === '\n' || character === '\t' ? character : ''))
    .replace(/#([^\x20-\x7e\n\t]*)#([^\x20-\x7e\n\t]*)\[/g, '#$1#$2 [')
    .replace(/^([^\x21-\x7e\n]*):([^\x20-\x7e\n\t]*):/gm, '$1:$2 :')
}

function properties({ title, file, line }: AnnotationPlace = {}): core.AnnotationProperties {
  return {
    ...(title === undefined ? {} : { title: inert(title) }),
    ...(file === undefined ? {} : { file: inert(file) }),
    ...(file === undefined || line === undefined ? {} : { startLine: line })
  }
}

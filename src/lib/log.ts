import { randomUUID } from 'node:crypto'
import * as core from '@actions/core'

/** What the step says in its log. */
export interface Log {
  /** One line of ours. Nothing in it is taken for a workflow command, wherever its parts come from. */
  info(line: string): void
  debug(line: string): void
  /** An annotation: shows on the run's page, so few of them. */
  notice(message: string, title?: string): void
  warning(message: string, title?: string): void
  error(message: string, title?: string): void
  /** Several lines of a tool, between stop-commands tokens. */
  verbatim(text: string): void
  /** Folds what `work` logs under `title`. */
  group<T>(title: string, work: () => Promise<T>): Promise<T>
}

/** The runner's log. Source of the rules: actions/runner, ActionCommand.cs and OutputManager.cs. */
export function createLog(): Log {
  return {
    info: line => core.info(inert(line)),
    debug: line => core.debug(inert(line)),
    notice: (message, title) => core.notice(inert(message), properties(title)),
    warning: (message, title) => core.warning(inert(message), properties(title)),
    error: (message, title) => core.error(inert(message), properties(title)),
    verbatim: text => {
      const token = randomUUID()
      core.info(`::stop-commands::${token}`)
      for (const line of text.split('\n')) core.info(`| ${inert(line)}`)
      core.info(`::${token}::`)
    },
    group: (title, work) => core.group(inert(title), work)
  }
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

function properties(title: string | undefined): core.AnnotationProperties {
  return title === undefined ? {} : { title: inert(title) }
}

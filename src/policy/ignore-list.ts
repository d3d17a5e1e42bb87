import { UserError } from '../lib/errors.ts'
import { isDay } from './calendar.ts'
import type { AcceptedRisk } from './policy.ts'

/**
 * The accepted risks of a `.trivyignore`: one id per line, ` exp:YYYY-MM-DD` after it where the risk is accepted only before that day,
 * and `#` before a comment. An id counts for every scanner, because the file does not say which one it is for.
 * The reason is the comment on the same line, or else the comment lines right above.
 * @param name of the file, for `source` and errors.
 * @throws UserError for an expiry that is no date or is written in another way: Trivy would skip the line or never let it expire.
 */
export function parseIgnoreList(name: string, text: string): AcceptedRisk[] {
  const risks: AcceptedRisk[] = []
  let above: string[] = []
  for (const [index, raw] of text.split(/\r?\n/).entries()) {
    const line = raw.trim()
    if (line.startsWith('#')) {
      above.push(line.replace(/^#+\s*/, ''))
      continue
    }
    if (line !== '') risks.push(parseLine(line, above.join(' '), name, index + 1))
    above = []
  }
  return risks
}

function parseLine(line: string, above: string, name: string, number: number): AcceptedRisk {
  const [id = '', ...words] = line.split(/\s+/)
  const comment = words.findIndex(word => word.startsWith('#'))
  const remark =
    comment < 0
      ? ''
      : words
          .slice(comment)
          .join(' ')
          .replace(/^#+\s*/, '')
  const options = comment < 0 ? words : words.slice(0, comment)
  const expires = expiryOf(options, `${name} line ${number}`)
  return { source: name, id, paths: [], purls: [], ...(expires && { expires }), reason: remark || above }
}

function expiryOf(options: readonly string[], place: string): string | undefined {
  const [option, ...more] = options
  if (option === undefined) return undefined
  const day = option.startsWith('exp:') ? option.slice('exp:'.length) : ''
  if (more.length === 0 && isDay(day)) return day
  const found = JSON.stringify(options.join(' ').slice(0, 80))
  throw new UserError(
    `${place}: ${found} is not understood; after the id only exp:YYYY-MM-DD and a # comment are allowed`
  )
}

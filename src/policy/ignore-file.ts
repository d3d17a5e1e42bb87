import { UserError } from '../lib/errors.ts'
import { parseIgnoreList } from './ignore-list.ts'
import { parseIgnoreYaml } from './ignore-yaml.ts'
import type { AcceptedRisk } from './policy.ts'

/** Largest ignore file that is read, in UTF-16 code units. */
export const MAX_IGNORE_FILE_LENGTH = 1_000_000

/**
 * The accepted risks of one ignore file, in its order, expired ones too.
 *
 * The extension alone decides the format, as with Trivy: `.yaml` and `.yml` are YAML, everything else is a list with one id per line.
 * Stricter than Trivy, which skips what it does not understand: here that is an error, so that nobody believes in a rule that is not there.
 * Format: Trivy's pkg/result/ignore.go, https://trivy.dev/docs/latest/configuration/filtering/
 * @param name path of the file relative to the repository, for the extension, for `source` and for errors.
 * @throws UserError with file, line and what is allowed.
 */
export function parseIgnoreFile(name: string, text: string): AcceptedRisk[] {
  if (text.length > MAX_IGNORE_FILE_LENGTH) {
    throw new UserError(
      `${name}: an ignore file may have at most ${MAX_IGNORE_FILE_LENGTH} characters, this has ${text.length}`
    )
  }
  const content = text.startsWith('\uFEFF') ? text.slice(1) : text
  return /\.ya?ml$/.test(name) ? parseIgnoreYaml(name, content) : parseIgnoreList(name, content)
}

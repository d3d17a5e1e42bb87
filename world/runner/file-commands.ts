/**
 * Reads a file of GITHUB_OUTPUT, GITHUB_STATE or GITHUB_ENV: lines `name=value`, or `name<<DELIMITER`, the value's lines, DELIMITER. A later
 * value replaces an earlier one. Throws where the runner would fail the step.
 * Source of the rules: actions/runner, FileCommandManager.cs, EnvFileKeyValuePairs.
 */
export function parseFileCommands(text: string): Record<string, string> {
  const values: Record<string, string> = {}
  const lines = text.replace(/\n$/, '').split('\n')
  for (let index = 0; index < lines.length; index++) {
    const line = (lines[index] ?? '').replace(/\r$/, '')
    if (line === '') continue
    const equals = line.indexOf('=')
    const heredoc = line.indexOf('<<')
    if (equals > 0 && (heredoc < 0 || equals < heredoc)) {
      values[line.slice(0, equals)] = line.slice(equals + 1)
      continue
    }
    if (heredoc <= 0) throw new Error(`Invalid format '${line}'`)
    const name = line.slice(0, heredoc)
    const delimiter = line.slice(heredoc + 2)
    const end = lines.findIndex((later, at) => at > index && later.replace(/\r$/, '') === delimiter)
    if (delimiter === '' || end < 0) throw new Error(`Invalid value. Matching delimiter not found '${delimiter}'`)
    values[name] = lines.slice(index + 1, end).join('\n')
    index = end
  }
  return values
}

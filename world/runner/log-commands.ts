/** A line of a step's output that the runner takes for a command. */
export interface LogCommand {
  /** In lower case: the runner does not tell cases apart. */
  readonly name: string
  readonly properties: Readonly<Record<string, string>>
  readonly data: string
}

/** What the runner registers. Source: actions/runner, the extensions in ActionCommandManager.cs. */
const REGISTERED = new Set([
  'add-mask',
  'add-matcher',
  'add-path',
  'debug',
  'echo',
  'endgroup',
  'error',
  'group',
  'notice',
  'remove-matcher',
  'save-state',
  'set-env',
  'set-output',
  'stop-commands',
  'warning'
])

/**
 * The command in a line, if there is one: `::name k=v,k=v::data` after leading white space, or the older `##[name k=v;k=v]data` anywhere.
 * Source of the rules: actions/runner, ActionCommand.cs (TryParseV2, TryParse).
 * @param resumeToken the token of stop-commands while commands are stopped: it is a name then too.
 */
export function parseLogCommand(line: string, resumeToken?: string): LogCommand | undefined {
  return parseSecondForm(line, resumeToken) ?? parseFirstForm(line, resumeToken)
}

function parseSecondForm(line: string, resumeToken: string | undefined): LogCommand | undefined {
  // .NET's TrimStart also takes U+0085.
  const text = line.replace(/^[\s\u0085]+/, '')
  if (!text.startsWith('::')) return undefined
  const end = text.indexOf('::', 2)
  if (end < 0) return undefined
  const head = nameAndProperties(text.slice(2, end), ',', unescapeProperty, resumeToken)
  return head && { ...head, data: unescapeData(text.slice(end + 2)) }
}

function parseFirstForm(line: string, resumeToken: string | undefined): LogCommand | undefined {
  const start = line.indexOf('##[')
  const end = start < 0 ? -1 : line.indexOf(']', start)
  if (end < 0) return undefined
  const head = nameAndProperties(line.slice(start + 3, end), ';', unescapeFirstForm, resumeToken)
  return head && { ...head, data: unescapeFirstForm(line.slice(end + 1)) }
}

function nameAndProperties(
  text: string,
  separator: string,
  decode: (value: string) => string,
  resumeToken: string | undefined
): Omit<LogCommand, 'data'> | undefined {
  const space = text.indexOf(' ')
  const name = (space < 0 ? text : text.slice(0, space)).toLowerCase()
  if (!REGISTERED.has(name) && name !== resumeToken?.toLowerCase()) return undefined
  const properties: Record<string, string> = {}
  for (const part of space < 0
    ? []
    : text
        .slice(space + 1)
        .trim()
        .split(separator)) {
    const equals = part.indexOf('=')
    if (equals > 0 && equals < part.length - 1) properties[part.slice(0, equals)] = decode(part.slice(equals + 1))
  }
  return { name, properties }
}

function unescapeData(text: string): string {
  return text.replaceAll('%0D', '\r').replaceAll('%0A', '\n').replaceAll('%25', '%')
}

function unescapeProperty(text: string): string {
  return unescapeData(text.replaceAll('%3A', ':').replaceAll('%2C', ','))
}

function unescapeFirstForm(text: string): string {
  return text
    .replaceAll('%3B', ';')
    .replaceAll('%0D', '\r')
    .replaceAll('%0A', '\n')
    .replaceAll('%5D', ']')
    .replaceAll('%25', '%')
}

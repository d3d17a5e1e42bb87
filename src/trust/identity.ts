/**
 * What is wrong with a regular expression for identities: cosign is content when it matches any part of one, so that
 * `https://github.com/acme` would let in `https://github.com/acme-evil/…` as well. Its syntax (RE2) is left to cosign.
 * @returns what is wrong, to be read after the name of the field; undefined when it can only match the whole.
 */
export function problemOfIdentityPattern(regexp: string): string | undefined {
  const [, flags = '', rest = ''] = /^(\(\?[a-zA-Z]+\))?(.*)$/s.exec(regexp) ?? []
  if (!rest.startsWith('^') || !endsWithDollar(rest))
    return `must match the whole identity; let it begin with ^ and end with $, as in ^https://github\\.com/acme/.*$`
  if (/m/.test(flags)) return 'has the flag m, with which ^ and $ mean lines; leave it out'
  if (hasOuterAlternative(rest))
    return 'has a | outside of brackets, so that ^ and $ do not hold for all; write ^(…|…)$'
  return undefined
}

function endsWithDollar(regexp: string): boolean {
  const [, backslashes = ''] = /(\\*)\$$/.exec(regexp) ?? []
  return regexp.endsWith('$') && backslashes.length % 2 === 0
}

function hasOuterAlternative(regexp: string): boolean {
  let depth = 0
  for (const [token] of regexp.matchAll(
    /\\Q[\s\S]*?(?:\\E|$)|\\[\s\S]|\[\^?\]?(?:\\.|\[:\^?[a-z]+:\]|[^\]\\])*\]|[()|]/g
  )) {
    if (token === '(') depth += 1
    if (token === ')') depth -= 1
    if (token === '|' && depth <= 0) return true
  }
  return false
}

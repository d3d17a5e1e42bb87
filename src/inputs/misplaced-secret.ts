import type { RawInputs } from './fields.ts'

/** What secrets look like, and what they are called. Sources: RFC 7468, RFC 7519, GitHub's and AWS's documents on token formats. */
const SHAPES: readonly (readonly [RegExp, string])[] = [
  [/PRIVATE KEY/, 'a private key'],
  [/\bgh[pousr]_[A-Za-z0-9]{20,}|\bgithub_pat_\w{20,}/, 'a GitHub token'],
  [/\b(AKIA|ASIA)[A-Z0-9]{16}\b/, 'an AWS access key'],
  [/\beyJ[\w-]{8,}\.eyJ[\w-]{8,}\./, 'a JSON web token']
]

/**
 * Inputs that hold a secret and are no place for one. Nothing of their value may be in an error's text, so that these are refused before
 * anything else is read.
 * @param allowed the inputs that are meant for secrets.
 * @returns problems, sentences without a full stop; none of them repeats a value.
 */
export function misplacedSecrets(raw: RawInputs, allowed: readonly string[]): readonly string[] {
  return Object.entries(raw).flatMap(([name, value]) => {
    const kind = allowed.includes(name) ? undefined : secretKindOf(value)
    if (kind === undefined) return []
    const remedy = name === 'key' ? 'give the public key, or the path of a file with it' : 'take it out'
    return [
      `${name} holds ${kind}, which it is no place for; ${remedy}, and replace the secret if others could read it here`
    ]
  })
}

/** What a value that looks like a secret is, in words; undefined for any other. */
export function secretKindOf(value: string): string | undefined {
  const decoded = Buffer.from(value, 'base64').toString('latin1')
  return (
    SHAPES.find(([shape]) => shape.test(value))?.[1] ??
    (decoded.includes('PRIVATE KEY-----') ? 'a private key' : undefined)
  )
}

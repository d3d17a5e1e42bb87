import { problemOfIdentityPattern } from '../trust/identity.ts'
import { recogniseKeySource } from '../trust/public-key.ts'
import { LOG, logFor, problemOfIssuer } from '../trust/signer-fields.ts'
import type { KeySource, SignedBy, Signer } from '../trust/trust.ts'
import { type Fields, shown } from './fields.ts'

/** Whom to believe, of `key` and the three inputs about a certificate; one of them is enough. Problems of `fields` where they cannot be used. */
export function parseSigners(fields: Fields): readonly SignedBy[] {
  const annotations = parseAnnotations(fields)
  const log = fields.choice('transparency-log', LOG)
  return [...parseKeys(fields), ...parseIdentity(fields)].map(signer => ({
    signer,
    annotations,
    log: logFor(signer, log),
    eachPlatform: false
  }))
}

function parseKeys(fields: Fields): Signer[] {
  const entries = keyEntries(fields.text('key') ?? '')
  const keys = entries.flatMap((entry): KeySource[] => {
    const shape = recogniseKeySource(entry)
    if ('source' in shape) return [shape.source]
    const which = entries.length > 1 ? `key: entry ${entries.indexOf(entry) + 1}` : 'key'
    fields.reject(`${which} ${shape.problem}`)
    return []
  })
  return keys.length > 0 ? [{ kind: 'keys', keys }] : []
}

/** PEM blocks as a whole, the lines between them one by one. A block without an end takes the rest with it. */
function keyEntries(text: string): readonly string[] {
  const parts = text.split(/(-----BEGIN [\s\S]*?(?:-----END [A-Z0-9 ]+-----|$(?![\s\S])))/)
  return parts
    .flatMap(part => (part.startsWith('-----BEGIN ') ? [part] : part.split('\n')))
    .map(entry => entry.trim())
    .filter(entry => entry !== '')
}

function parseIdentity(fields: Fields): Signer[] {
  const exactly = fields.text('certificate-identity')
  const regexp = fields.text('certificate-identity-regexp')
  const issuer = fields.text('certificate-oidc-issuer')
  if (exactly === undefined && regexp === undefined) {
    if (issuer !== undefined)
      fields.reject(
        'certificate-oidc-issuer is given without an identity, and would let in everybody whom it vouches for; give certificate-identity too'
      )
    return []
  }
  if (exactly !== undefined && regexp !== undefined)
    fields.reject('certificate-identity and certificate-identity-regexp are both given; remove one of them')
  const problem = regexp === undefined ? undefined : problemOfIdentityPattern(regexp)
  if (problem !== undefined) fields.reject(`certificate-identity-regexp ${problem}`)
  if (issuer === undefined) {
    fields.reject(
      'certificate-oidc-issuer is missing: an identity means nothing without who vouches for it; for GitHub Actions give https://token.actions.githubusercontent.com'
    )
    return []
  }
  const wrong = problemOfIssuer(issuer)
  if (wrong !== undefined) fields.reject(`certificate-oidc-issuer ${wrong}`)
  return [{ kind: 'identity', identity: exactly === undefined ? { regexp: regexp ?? '' } : { exactly }, issuer }]
}

/** Lines of `key=value`; a value may have commas. */
function parseAnnotations(fields: Fields): Readonly<Record<string, string>> {
  const annotations = new Map<string, string>()
  for (const line of (fields.text('annotations') ?? '').split('\n').map(entry => entry.trim())) {
    if (line === '') continue
    const [, key, value = ''] = /^([^=\s]+)=(.+)$/.exec(line) ?? []
    if (key === undefined)
      fields.reject(`annotations has the line "${shown(line)}"; each line is key=value, such as ref=refs/heads/main`)
    else if (annotations.has(key)) fields.reject(`annotations demands "${key}" twice; remove one of the lines`)
    else annotations.set(key, value)
  }
  return Object.fromEntries(annotations)
}

import { formatReference, parseReference } from '../image/reference.ts'
import { problemOfIdentityPattern } from './identity.ts'
import { namesOwnHost, recogniseKeySource } from './public-key.ts'
import { LOG, logFor, problemOfIssuer, problemOfRepository } from './signer-fields.ts'
import type { KeySource, SignedBy, Signer } from './trust.ts'
import type { YamlFile } from './yaml-file.ts'

const WHO = ['key', 'identity', 'identity-regexp', 'issuer'] as const
const HOW = ['transparency-log', 'signature-repository'] as const
/** What a signature can be asked and an attestation cannot: cosign puts no annotations there, and each demand says itself where it looks. */
const OF_SIGNATURES = ['annotations', 'each-platform'] as const
const KEYS = [...WHO, ...HOW, ...OF_SIGNATURES] as const
type Entries = ReadonlyMap<(typeof KEYS)[number], unknown>

/**
 * A `signed-by` of the policy file: one, or a list of which any is enough.
 * @param of what is signed: an attestation can be asked for less.
 * @throws UserError with line and column.
 */
export function signedByOf(node: unknown, of: 'signature' | 'attestation', yaml: YamlFile): readonly SignedBy[] {
  const what = 'signed-by is who must have signed, such as { key: .github/cosign.pub }, or a list of such'
  const items = yaml.isList(node) ? yaml.list(node, what) : [node]
  return items.map(item => oneOf(item, what, of, yaml))
}

function oneOf(node: unknown, what: string, of: 'signature' | 'attestation', yaml: YamlFile): SignedBy {
  const entries = yaml.map(node, what, KEYS)
  for (const key of OF_SIGNATURES) {
    if (of === 'attestation' && entries.has(key))
      yaml.refuse(entries.get(key), `${key} is of signatures, and this is an attestation; remove it`)
  }
  const signer = signerOf(node, entries, yaml)
  const repository = entries.get('signature-repository')
  return {
    signer,
    annotations: entries.has('annotations')
      ? yaml.texts(
          entries.get('annotations'),
          'annotations are what the signature must say, such as { ref: refs/heads/main }'
        )
      : {},
    log: logFor(signer, logOf(entries, yaml)),
    ...(entries.has('signature-repository') && { signatureRepository: repositoryOf(repository, yaml) }),
    eachPlatform: entries.has('each-platform') && yaml.flag(entries.get('each-platform'), 'each-platform')
  }
}

function signerOf(node: unknown, entries: Entries, yaml: YamlFile): Signer {
  const [key, exactly, regexp, issuer] = WHO.map(name => entries.get(name))
  const identity = exactly ?? regexp
  if (key !== undefined) {
    if (identity !== undefined || issuer !== undefined)
      yaml.refuse(
        identity ?? issuer,
        'key and identity are two signers; make signed-by a list of the two, of which either is enough'
      )
    return { kind: 'keys', keys: keysOf(key, yaml) }
  }
  if (identity === undefined)
    return yaml.refuse(issuer ?? node, 'signed-by names nobody; give key, or identity and issuer')
  if (exactly !== undefined && regexp !== undefined)
    yaml.refuse(regexp, 'identity and identity-regexp are both given; remove one of them')
  if (issuer === undefined)
    return yaml.refuse(
      identity,
      'an identity means nothing without who vouches for it; give issuer, which for GitHub Actions is https://token.actions.githubusercontent.com'
    )
  const by = checked(issuer, 'issuer', problemOfIssuer, yaml)
  if (exactly !== undefined)
    return { kind: 'identity', identity: { exactly: yaml.text(exactly, 'identity') }, issuer: by }
  return {
    kind: 'identity',
    identity: { regexp: checked(regexp, 'identity-regexp', problemOfIdentityPattern, yaml) },
    issuer: by
  }
}

function keysOf(node: unknown, yaml: YamlFile): readonly KeySource[] {
  const items = yaml.isList(node) ? yaml.list(node, 'key is an empty list; give at least one') : [node]
  return items.map(item => {
    const shape = recogniseKeySource(yaml.text(item, 'key'))
    if ('problem' in shape) return yaml.refuse(item, `key ${shape.problem}`)
    // A pull request can change this file, and whoever is asked gets the workflow's credentials.
    if (shape.source.kind === 'kms' && namesOwnHost(shape.source.reference))
      yaml.refuse(
        item,
        'key names the host of a key store, which only the input key can; leave it out as in awskms:///alias/release, or name a vault of Azure as in azurekms://NAME.vault.azure.net/KEY'
      )
    return shape.source.kind === 'path' ? { ...shape.source, place: yaml.pointOf(item) } : shape.source
  })
}

function logOf(entries: Entries, yaml: YamlFile): (typeof LOG)[number] {
  const node = entries.get('transparency-log')
  if (node === undefined) return 'auto'
  const word = yaml.text(node, 'transparency-log')
  return LOG.find(known => known === word) ?? yaml.refuse(node, `transparency-log can be ${LOG.join(', ')}`)
}

function repositoryOf(node: unknown, yaml: YamlFile): string {
  return formatReference(parseReference(checked(node, 'signature-repository', problemOfRepository, yaml)))
}

function checked(node: unknown, name: string, problemOf: (text: string) => string | undefined, yaml: YamlFile): string {
  const text = yaml.text(node, name)
  const problem = problemOf(text)
  return problem === undefined ? text : yaml.refuse(node, `${name} ${problem}`)
}

import { createPublicKey } from 'node:crypto'
import type { KeySource } from './trust.ts'

/** A problem reads after the name of what was given: `key is a private key; …`. It never repeats what was given. */
export type PublicKeyShape = { readonly pem: string } | { readonly problem: string }

/** Key stores that the released cosign can use. Source: sigstore/cosign cmd/cosign/main.go. */
const KMS_REFERENCE = /^(awskms|gcpkms|azurekms|hashivault):\/\/\S+$/

const BLOCK = /-----BEGIN ([A-Z0-9 ]+)-----([\s\S]*?)-----END \1-----/g
const MAKE = '`cosign public-key --key cosign.key` writes the public one'

/** What is no public key, by PEM type, and what to do with each. */
const OTHER_TYPES: readonly (readonly [RegExp, string])[] = [
  [
    /PRIVATE KEY/,
    `is a private key, which nobody who verifies needs; give the public one (${MAKE}), and replace this key if others could read it here`
  ],
  [/CERTIFICATE/, 'is a certificate; give its public key, which `openssl x509 -pubkey -noout -in FILE` prints'],
  [/^PGP /, `is a PGP key, which cosign cannot use; give the public key of a key pair of cosign's (${MAKE})`],
  [/^SSH2 /, `is an SSH key, which cosign cannot use; give the public key of a key pair of cosign's (${MAKE})`]
]

/**
 * The public key in a text: the content of a file, or one PEM block. Indentation, Windows line ends, lost line breaks and literal `\n` are
 * mended, as nothing secret can be lost by that.
 * @returns the key as PEM of its SubjectPublicKeyInfo, or what is wrong.
 */
export function recognisePublicKey(text: string): PublicKeyShape {
  const blocks = [...text.replaceAll('\\n', '\n').matchAll(BLOCK)]
  const [block] = blocks
  if (block === undefined) return { problem: withoutBlock(text.trim()) }
  const other = blocks.map(([, type = '']) => otherType(type)).find(problem => problem !== undefined)
  if (other !== undefined) return { problem: other }
  if (blocks.length > 1) return { problem: 'has several keys in one; give each of them by itself' }
  return readKey(block[1] ?? '', block[2] ?? '')
}

/**
 * What one entry of `key` is: a PEM block, a reference to a key store, or the path of a file in the workspace, which is not opened here.
 * @returns the key's source, or what is wrong with the entry.
 */
export function recogniseKeySource(entry: string): { readonly source: KeySource } | { readonly problem: string } {
  const value = entry.trim()
  if (value.includes('-----')) {
    const shape = recognisePublicKey(value)
    return 'pem' in shape ? { source: { kind: 'pem', pem: shape.pem } } : shape
  }
  if (KMS_REFERENCE.test(value)) return { source: { kind: 'kms', reference: value } }
  const problem = problemOfPath(value)
  return problem === undefined ? { source: { kind: 'path', path: value } } : { problem }
}

/** Key Vault and Managed HSM in Azure's clouds. Source: https://learn.microsoft.com/azure/key-vault/general/about-keys-secrets-certificates#dns-suffixes-for-object-identifiers */
const AZURE_VAULT =
  /^azurekms:\/\/[a-z0-9-]+\.(?:vault|managedhsm)\.(?:azure\.net|azure\.cn|usgovcloudapi\.net|microsoftazure\.de)\//i

/**
 * Whether a reference to a key store says by itself which host is asked, which then gets the workflow's credentials for the store: the endpoint of
 * `awskms://localhost:4566/alias/release`, and a vault that is none of Azure's own. Elsewhere the environment says it.
 * Source: sigstore/sigstore pkg/signature/kms, client.go of aws, azure, gcp and hashivault.
 */
export function namesOwnHost(reference: string): boolean {
  if (reference.startsWith('awskms://')) return !reference.startsWith('awskms:///')
  return reference.startsWith('azurekms://') && !AZURE_VAULT.test(reference)
}

function readKey(type: string, body: string): PublicKeyShape {
  const lines = body.replace(/\s+/g, '').match(/.{1,64}/g) ?? []
  try {
    const key = createPublicKey(`-----BEGIN ${type}-----\n${lines.join('\n')}\n-----END ${type}-----\n`)
    return { pem: key.export({ type: 'spki', format: 'pem' }).toString() }
  } catch {
    return { problem: `is damaged: what stands between its first and last line is no public key; ${MAKE}` }
  }
}

/** Source of the two types: sigstore/sigstore pkg/cryptoutils/publickey.go. */
function otherType(type: string): string | undefined {
  if (type === 'PUBLIC KEY' || type === 'RSA PUBLIC KEY') return undefined
  return OTHER_TYPES.find(([pattern]) => pattern.test(type))?.[1] ?? `is not of the type "PUBLIC KEY"; ${MAKE}`
}

function withoutBlock(value: string): string {
  if (value === '') return `is empty; ${MAKE}`
  if (value.includes('PRIVATE KEY')) return OTHER_TYPES[0]?.[1] ?? ''
  if (value.includes('-----BEGIN ')) return `is cut off: it has no last line "-----END PUBLIC KEY-----"; ${MAKE}`
  return problemWithoutArmour(value) ?? `is no public key: it has no line "-----BEGIN PUBLIC KEY-----"; ${MAKE}`
}

function problemOfPath(value: string): string | undefined {
  const problem = problemWithoutArmour(value)
  if (problem !== undefined) return problem
  // Whatever it is, it may be a secret that went astray: it is not repeated, and no file is looked for under its name.
  if (!/[./]/.test(value) || /\p{Cc}|[A-Za-z0-9+=]{40}/u.test(value) || value.length > 1024)
    return 'is neither a public key as PEM, nor the path of a file with one (such as .github/cosign.pub, or ./NAME for one without dot and slash), nor a reference to a key store'
  return undefined
}

function problemWithoutArmour(value: string): string | undefined {
  if (/^(ssh|ecdsa-sha2|sk-ssh)-/.test(value)) return OTHER_TYPES[3]?.[1]
  if (/^https?:\/\//.test(value))
    return 'is a URL; put the public key into the repository and give its path, so that a change of it is seen'
  if (/^(?:[a-z][a-z0-9+.-]*:\/\/|([a-z0-9]+kms|hashivault|k8s|pkcs11|gitlab|env|file|secret|vault):)/i.test(value))
    return 'is a reference that cannot be used here; it can be awskms://…, gcpkms://…, azurekms://… or hashivault://…'
  const decoded = Buffer.from(value, 'base64').toString('latin1')
  if (decoded.includes('PRIVATE KEY-----')) return OTHER_TYPES[0]?.[1]
  if (decoded.includes('-----BEGIN ')) return 'is base64 of a PEM; give the PEM as it is'
  return undefined
}

/** What `cosign-key` turned out to be: a key that cosign can read, a reference to one, or the sentence that says what is wrong and how to mend it. */
export type KeyShape = { readonly pem: string } | { readonly reference: string } | { readonly problem: string }

/** Key stores that the released cosign can use. Source: sigstore/cosign cmd/cosign/main.go. */
const KMS_REFERENCE = /^(awskms|gcpkms|azurekms|hashivault):\/\/\S+$/

const STORE = 'store the file as it is, for example with `gh secret set COSIGN_PRIVATE_KEY < cosign.key`'

/** The two PEM types that cosign reads. Source: sigstore/cosign pkg/cosign/keys.go. */
const COSIGN_TYPES = ['ENCRYPTED SIGSTORE PRIVATE KEY', 'ENCRYPTED COSIGN PRIVATE KEY']

/** Keys of other makes, by PEM type, and what to do with each. */
const OTHER_TYPES: readonly (readonly [RegExp, string])[] = [
  [/^PUBLIC KEY$/, 'is a public key; signing needs the private one, the file cosign.key'],
  [/^OPENSSH PRIVATE KEY$/, 'is an SSH key, which cosign cannot use; make a key with `cosign generate-key-pair`'],
  [
    /^ENCRYPTED PRIVATE KEY$/,
    'is a key that OpenSSL encrypted, which cosign cannot read; decrypt it with `openssl pkcs8`, then run `cosign import-key-pair --key FILE`'
  ],
  [
    /^((RSA|EC|DSA) )?PRIVATE KEY$/,
    'is an unencrypted private key; run `cosign import-key-pair --key FILE` and store the import-cosign.key that it writes'
  ],
  [/CERTIFICATE/, 'is a certificate; signing needs the private key, the file cosign.key'],
  [/^PGP /, 'is a PGP key, which cosign cannot use; make a key with `cosign generate-key-pair`']
]

/**
 * Recognises what was given as the private key before any tool is there to try it.
 * @param given the input's value, not empty.
 * @returns the PEM with plain line ends, or what is wrong, as a sentence without a full stop that begins with the input's name.
 */
export function recogniseKey(given: string): KeyShape {
  const value = given.trim()
  if (KMS_REFERENCE.test(value)) return { reference: value }
  const begin = /^-----BEGIN ([A-Z0-9 ]+)-----/.exec(value)
  if (!begin) return problem(withoutArmour(value))

  const type = begin[1] ?? ''
  if (!COSIGN_TYPES.includes(type)) return problem(otherType(type))
  return recogniseCosignKey(value, type)
}

function recogniseCosignKey(value: string, type: string): KeyShape {
  if (value.includes('\\n')) return problem(`has the two characters \\n where its line breaks should be; ${STORE}`)
  if (value.includes('\r'))
    return problem(`has Windows line ends (CRLF); convert the file with \`dos2unix cosign.key\`, then ${STORE}`)
  if (!value.includes('\n')) return problem(`has lost its line breaks; ${STORE}`)

  const lines = value.split('\n').map(line => line.trim())
  if (lines.at(-1) !== `-----END ${type}-----`)
    return problem(`is cut off: its last line is not "-----END ${type}-----"; ${STORE}`)
  if (!isEncryptedKey(lines.slice(1, -1).join('')))
    return problem(`is damaged: what stands between its first and last line is not a key of cosign's; ${STORE}`)
  return { pem: `${lines.join('\n')}\n` }
}

/** The body is JSON with scrypt and secretbox parameters. Source: go-securesystemslib encrypted/encrypted.go. */
function isEncryptedKey(body: string): boolean {
  try {
    const content: unknown = JSON.parse(Buffer.from(body, 'base64').toString('utf8'))
    return typeof content === 'object' && content !== null && 'ciphertext' in content
  } catch {
    return false
  }
}

function otherType(type: string): string {
  return (
    OTHER_TYPES.find(([pattern]) => pattern.test(type))?.[1] ??
    `is of the type "${type}", which cosign cannot use; make a key with \`cosign generate-key-pair\``
  )
}

function withoutArmour(value: string): string {
  if (/^ssh-|^ecdsa-sha2-/.test(value))
    return 'is an SSH public key, which cosign cannot use; make a key with `cosign generate-key-pair`'
  if (/^(awskms|gcpkms|azurekms|hashivault):\/\/$/.test(value))
    return `names a key store and no key in it; put the name of the key after ${value}`
  if (/^(aws|gcp|azure)kms:|^hashivault:|^k8s:|^pkcs11:|^gitlab:/.test(value))
    return 'is a reference to a key store that cannot be used here; it can be awskms://…, gcpkms://…, azurekms://… or hashivault://…'
  if (/^[a-z]+:\/\//.test(value))
    return `is a reference, not a key; give the content of cosign.key: \${{ secrets.COSIGN_PRIVATE_KEY }}, or a key in a key store: awskms://…, gcpkms://…, azurekms://… or hashivault://…`
  if (/-----BEGIN /.test(Buffer.from(value, 'base64').toString('latin1'))) return `is base64 of a PEM; ${STORE}`
  if (value.includes('-----BEGIN ')) return `has text before "-----BEGIN"; ${STORE}`
  if (/^([A-Za-z]:)?[\w./\\-]+\.(key|pem)$/.test(value))
    return `is a path; give the key's content: \${{ secrets.COSIGN_PRIVATE_KEY }}`
  return `is not a key: it does not begin with "-----BEGIN ${COSIGN_TYPES[0]}-----"; ${STORE}`
}

function problem(what: string): KeyShape {
  return { problem: `cosign-key ${what}` }
}

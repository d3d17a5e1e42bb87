import { createECDH, type KeyObject } from 'node:crypto'

// Order of P-256's group. https://csrc.nist.gov/pubs/sp/800/186/final, section 3.2.1.3
const ORDER = 0xffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551n
const CURVE = 'prime256v1'
const BYTES = 32

/**
 * Signs a SHA-256 digest by ECDSA over P-256, which node:crypto does only for whole messages.
 * Algorithm: FIPS 186-5, section 6.4.1; the points are OpenSSL's.
 * @returns the signature in DER.
 */
export function signDigest(digest: Buffer, privateKey: KeyObject): Buffer {
  const ecdh = createECDH(CURVE)
  const r = abscissa(ecdh.generateKeys())
  const k = toNumber(ecdh.getPrivateKey())
  const s = modulo(inverse(k) * (toNumber(digest) + r * secretOf(privateKey)))
  // The chance that one of them is 0 is that of guessing the key.
  return sequence(integer(r), integer(s))
}

/** True when `signature` (DER) is the key's over `digest`. With the private key at hand u1·G + u2·Q is (u1 + u2·d)·G. */
export function verifyDigest(digest: Buffer, signature: Buffer, privateKey: KeyObject): boolean {
  const numbers = readNumbers(signature)
  if (numbers === undefined) return false
  const [r, s] = numbers
  if (r <= 0n || r >= ORDER || s <= 0n || s >= ORDER) return false
  const scalar = modulo((toNumber(digest) + r * secretOf(privateKey)) * inverse(s))
  if (scalar === 0n) return false
  const ecdh = createECDH(CURVE)
  ecdh.setPrivateKey(toBytes(scalar))
  return abscissa(ecdh.getPublicKey()) === r
}

function secretOf(key: KeyObject): bigint {
  return toNumber(Buffer.from(key.export({ format: 'jwk' }).d ?? '', 'base64url'))
}

/** x of an uncompressed point (04, x, y), modulo the order. */
function abscissa(point: Buffer): bigint {
  return modulo(toNumber(point.subarray(1, 1 + BYTES)))
}

function modulo(value: bigint): bigint {
  return ((value % ORDER) + ORDER) % ORDER
}

/** By Euclid's algorithm. */
function inverse(value: bigint): bigint {
  let [a, b, x, y] = [modulo(value), ORDER, 1n, 0n]
  while (a > 1n) {
    const quotient = b / a
    ;[a, b, x, y] = [b - quotient * a, a, y - quotient * x, x]
  }
  return modulo(x)
}

function toNumber(bytes: Buffer): bigint {
  return BigInt(`0x${bytes.toString('hex') || '0'}`)
}

function toBytes(value: bigint): Buffer {
  return Buffer.from(value.toString(16).padStart(2 * BYTES, '0'), 'hex')
}

/** A DER INTEGER, which has a zero before a first bit of 1. */
function integer(value: bigint): Buffer {
  const hex = value.toString(16)
  const bytes = Buffer.from(hex.padStart(hex.length + (hex.length % 2), '0'), 'hex')
  const content = (bytes[0] ?? 0) > 0x7f ? Buffer.concat([Buffer.of(0), bytes]) : bytes
  return Buffer.concat([Buffer.of(0x02, content.length), content])
}

function sequence(...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts)
  return Buffer.concat([Buffer.of(0x30, content.length), content])
}

/** The two numbers of a signature in DER; undefined for anything else. */
function readNumbers(signature: Buffer): readonly [bigint, bigint] | undefined {
  const length = signature[3] ?? 0
  const r = toNumber(signature.subarray(4, 4 + length))
  const s = toNumber(signature.subarray(6 + length))
  return sequence(integer(r), integer(s)).equals(signature) ? [r, s] : undefined
}

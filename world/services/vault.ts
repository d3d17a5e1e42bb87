import { generateKeyPair, type KeyObject } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import { promisify } from 'node:util'
import { asObject, asString } from '../../src/lib/json.ts'
import { signDigest, verifyDigest } from './ecdsa.ts'
import { bodyOf, serveWeb } from './web.ts'

/** A stand-in for the transit engine of HashiCorp Vault, with one key. */
export interface Vault {
  /** Value for VAULT_ADDR. */
  readonly address: string
  /** Value for VAULT_TOKEN; with any other one the answer is 403. */
  readonly token: string
  /** The key's reference as cosign takes it. */
  readonly key: string
  close(): Promise<void>
}

const TOKEN = 'hvs.worldvaulttoken0123456789'
const KEY = 'imgguard'

/** What Vault writes before a signature: its own name and the key's version. */
const PREFIX = 'vault:v1:'

interface Answer {
  readonly status: number
  readonly body: object
}

/**
 * Starts it with a new ECDSA P-256 key, which never leaves it. It knows what cosign asks for and no more: reading the key, signing and
 * verifying a digest by SHA-256. Engine at `transit`, which is cosign's default too.
 * Format: https://developer.hashicorp.com/vault/api-docs/secret/transit
 */
export async function startVault(): Promise<Vault> {
  const { privateKey, publicKey } = await promisify(generateKeyPair)('ec', { namedCurve: 'P-256' })
  const server = await serveWeb((request, response) => {
    const answered = answerTo(request, privateKey, publicKey).catch(error => failure(400, String(error)))
    answered.then(answer => send(response, answer)).catch(() => response.destroy())
  })
  return { address: server.url, token: TOKEN, key: `hashivault://${KEY}`, close: server.close }
}

async function answerTo(request: IncomingMessage, privateKey: KeyObject, publicKey: KeyObject): Promise<Answer> {
  const text = (await bodyOf(request)).toString()
  if (request.headers['x-vault-token'] !== TOKEN) return failure(403, 'permission denied')
  const { pathname } = new URL(request.url ?? '/', 'http://127.0.0.1')
  const [, operation, name, algorithm] = PATH.exec(pathname) ?? []
  if (operation === undefined) return failure(404, `no handler for route "${pathname.replace(/^\/v1\//, '')}"`)
  if (operation === 'keys') return name === KEY ? success(descriptionOf(publicKey)) : failure(404)
  if (name !== KEY) return failure(400, 'signing key not found')
  if (algorithm !== undefined && algorithm !== 'sha2-256') return failure(400, `unsupported hash ${algorithm}`)
  const asked = asObject(JSON.parse(text), 'body')
  if (asked['prehashed'] !== true) return failure(400, 'this stand-in takes digests only')
  const digest = Buffer.from(asString(asked['input'], 'input'), 'base64')
  if (operation === 'sign')
    return success({ signature: PREFIX + signDigest(digest, privateKey).toString('base64'), key_version: 1 })
  const signature = asString(asked['signature'], 'signature')
  if (!signature.startsWith(PREFIX)) return failure(400, 'invalid signature: no prefix')
  return success({ valid: verifyDigest(digest, Buffer.from(signature.slice(PREFIX.length), 'base64'), privateKey) })
}

const PATH = /^\/v1\/transit\/(keys|sign|verify)\/([^/]+)(?:\/([^/]+))?$/

function descriptionOf(publicKey: KeyObject) {
  const version = { name: 'P-256', public_key: publicKey.export({ type: 'spki', format: 'pem' }) }
  return { name: KEY, type: 'ecdsa-p256', latest_version: 1, keys: { 1: version }, supports_signing: true }
}

function send(response: ServerResponse, { status, body }: Answer): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
}

function success(data: object): Answer {
  return { status: 200, body: { data } }
}

function failure(status: number, ...errors: readonly string[]): Answer {
  return { status, body: { errors } }
}

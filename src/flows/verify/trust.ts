import { readFile } from 'node:fs/promises'
import type { Authority, Cosign, VerifyOptions } from '../../cosign/cosign.ts'
import { kmsEnvironment } from '../../cosign/kms.ts'
import { fingerprintOf, readPublicKey } from '../../cosign/public-key.ts'
import { messageOf, ToolError, UserError } from '../../lib/errors.ts'
import { parseTrustPolicy } from '../../trust/policy-file.ts'
import { recognisePublicKey } from '../../trust/public-key.ts'
import type { KeySource, Rule, SignedBy, TrustPolicy } from '../../trust/trust.ts'
import { requiredFile } from '../scan/workspace-files.ts'
import { readSigstore } from '../sign/sigstore-files.ts'
import type { VerifySetting } from './asked.ts'

/** Whose signature a rule believes, and how it is looked at, as cosign takes it. */
export interface Believed {
  readonly authorities: readonly Authority[]
  readonly options: VerifyOptions
  /** Where the signatures are, and who says so, for people; absent where they are beside the image. */
  readonly elsewhere?: string
}

type KeyFile = Extract<KeySource, { readonly kind: 'path' }>

/** By the rule's own objects. */
export type Beliefs = ReadonlyMap<SignedBy, Believed>

/**
 * The rules: those of the policy file, or the one that the inputs make.
 * @throws UserError for a file that is not there or that cannot be understood, with line and column.
 */
export async function readPolicy(setting: VerifySetting): Promise<TrustPolicy> {
  const { trust } = setting.config
  if (trust.kind === 'rule') return { name: trust.rule.place, rules: [trust.rule] }
  const path = await requiredFile(setting, 'policy', trust.path)
  return parseTrustPolicy(await readFile(path, 'utf8'), trust.path)
}

/** Everybody whom these rules believe, for signatures or attestations. */
export function signersOf(rules: readonly Rule[]): readonly SignedBy[] {
  return [
    ...new Set(rules.flatMap(({ signedBy, attested }) => [...signedBy, ...attested.flatMap(demand => demand.signedBy)]))
  ]
}

/**
 * Reads the key files of all rules, those that decide about no image of this run among them: a policy is checked as a whole, so that a file that
 * was moved is not noticed only when its image comes. Key stores are asked only for the rules that decide.
 * @throws UserError with every file that cannot be read, and its place in the policy.
 */
export async function checkKeyFiles(setting: VerifySetting, { rules }: TrustPolicy): Promise<void> {
  const keys = signersOf(rules).flatMap(({ signer }) => (signer.kind === 'keys' ? signer.keys : []))
  const files = keys.filter(key => key.kind === 'path')
  const problems: string[] = []
  for (const file of files) {
    try {
      await keyOfFile(setting, file)
    } catch (error) {
      if (!(error instanceof UserError)) throw error
      problems.push(error.message)
    }
  }
  if (problems.length > 1)
    throw new UserError(
      `${problems.length} keys cannot be read:\n${problems.map(problem => `- ${problem}.`).join('\n')}`
    )
  if (problems.length === 1) throw new UserError(`${problems[0]}`)
}

/**
 * Reads every key once: text, file or key store.
 * @throws UserError for a key that cannot be read, ToolError when a key store does not give it.
 */
export async function readBeliefs(
  setting: VerifySetting,
  cosign: Cosign,
  signers: readonly SignedBy[]
): Promise<Beliefs> {
  const { trustedRoot } = (await readSigstore(setting)).sigstore
  const known = new Map<string, Promise<Authority>>()
  const once = (source: KeySource) => {
    const key = source.kind === 'path' ? source.path : JSON.stringify(source)
    const found = known.get(key) ?? readKey(setting, cosign, source)
    known.set(key, found)
    return found
  }
  const entries = signers.map(async signedBy => {
    const { signer, log } = signedBy
    const authorities = signer.kind === 'identity' ? [signer] : await Promise.all(signer.keys.map(once))
    const signatureRepository = signedBy.signatureRepository ?? setting.config.signatureRepository
    const elsewhere =
      signatureRepository === undefined ? {} : { elsewhere: `${signatureRepository}, ${sourceOf(setting, signedBy)}` }
    const options: VerifyOptions = {
      log,
      ...(trustedRoot === undefined ? {} : { trustedRoot }),
      ...(signatureRepository === undefined ? {} : { signatureRepository })
    }
    return [signedBy, { authorities, options, ...elsewhere }] as const
  })
  return new Map(await Promise.all(entries))
}

/** Who says where the signatures are: a signer of the policy, or else the input for all of them. */
function sourceOf({ config: { trust } }: VerifySetting, { signatureRepository }: SignedBy): string {
  return signatureRepository !== undefined && trust.kind === 'policy-file'
    ? `signature-repository of ${trust.path}`
    : 'the input signature-repository'
}

async function readKey(setting: VerifySetting, cosign: Cosign, source: KeySource): Promise<Authority> {
  if (source.kind === 'kms') return { kind: 'key', ...(await keyOfStore(setting, cosign, source.reference)) }
  const pem = source.kind === 'pem' ? source.pem : await keyOfFile(setting, source)
  return { kind: 'key', pem, fingerprint: fingerprintOf(pem) }
}

async function keyOfFile(setting: VerifySetting, { path, place }: KeyFile): Promise<string> {
  const at = place === undefined ? '' : `${place}: `
  const read = recognisePublicKey(await readFile(await requiredFile(setting, `${at}key`, path), 'utf8'))
  if ('problem' in read) throw new UserError(`${at}${path} ${read.problem}`)
  return read.pem
}

async function keyOfStore({ env }: VerifySetting, cosign: Cosign, reference: string) {
  try {
    return await readPublicKey(cosign, { kind: 'kms', reference, env: kmsEnvironment(reference, env) })
  } catch (error) {
    if (!(error instanceof ToolError)) throw error
    // The words are those for who signs, whose input has another name.
    const ofOurInput = (words: string) => words.replaceAll('cosign-key', 'key')
    const remedy = error.remedy === undefined ? {} : { remedy: ofOurInput(error.remedy) }
    const said = ofOurInput(messageOf(error))
    throw new ToolError(said.includes(reference) ? said : `${reference}: ${said}`, remedy)
  }
}

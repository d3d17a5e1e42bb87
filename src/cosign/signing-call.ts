import { join } from 'node:path'
import { formatReference, type PinnedReference } from '../image/reference.ts'
import { ToolError } from '../lib/errors.ts'
import { CommandError } from '../process/run.ts'
import type { SignatureOptions } from './args.ts'
import type { Cosign, SigningKey } from './cosign.ts'
import { type CosignFailure, explainCosign } from './failures.ts'
import { keyEnvironment } from './key.ts'
import { explainKms } from './kms-failures.ts'
import { hostsOf, placeEnvironment, signaturesOf } from './place.ts'
import type { SigningTools } from './proof.ts'
import { isPushed, legacyTag, type PushedBundle, readBundle, unlessRefused } from './pushed.ts'
import { explainSilence, explainSize } from './service-failures.ts'
import { PUBLIC_SERVICES, type SigstoreService } from './services.ts'

/** One signature or attestation to be made. */
export interface SigningCall {
  /** `sign` or `attest`. */
  readonly command: 'sign' | 'attest'
  readonly reference: PinnedReference
  readonly key: SigningKey
  readonly options: SignatureOptions
  /** Bytes of the predicate that is attested. */
  readonly size?: number
  /** The arguments, with the file where a copy of the bundle goes. */
  readonly args: (bundleFile: string) => string[]
}

/**
 * Where services of Sigstore take part. Signing takes a second or two; a service that hangs is waited for 30 s by cosign, which its `--timeout` does
 * not shorten (seen in 3.1.3). So the first try is short, and the last as long as cosign needs to say which service it is.
 */
const SERVICES_LIMIT_MS = { first: 15_000, last: 35_000 } as const
const TRY_AGAIN_MS = [2_000, 6_000]
const DONE = { sign: 'signed', attest: 'attested' } as const

/**
 * Runs cosign until it has signed and pushed: three times at most where a service of Sigstore fails in a way that may pass.
 * @returns the bundle; undefined for the legacy format, which has none.
 * @throws ToolError that says which service or registry failed, and what is left behind.
 */
export async function callCosign(tools: SigningTools, call: SigningCall): Promise<PushedBundle | undefined> {
  const services = servicesOf(call)
  // What goes into a log stays there: the registry of the signatures has to answer first.
  if (services.length > 0)
    await tools.registry.referrers(signaturesOf(call.reference, call.options)).catch(unlessRefused)
  const before = await legacyTag(tools.registry, call)
  let limitMs = services.length === 0 ? tools.cosign.timeoutMs : SERVICES_LIMIT_MS.first
  for (let attempt = 0; ; attempt++) {
    const { error, bundle } = await runOnce(tools.cosign, call, limitMs)
    if (error === undefined) return bundle
    // It may have been ended after the push.
    const pushed = await isPushed(tools.registry, call, bundle, before)
    if (pushed === true) return bundle
    const failure = explain(error, call, services, limitMs)
    const pause = limitMs === SERVICES_LIMIT_MS.last ? undefined : TRY_AGAIN_MS[attempt]
    if (failure.transient !== true || pushed === undefined || pause === undefined)
      throw notDone(call, failure, attempt, leftBehind(call, failure, bundle, pushed))
    if (failure.silent) limitMs = SERVICES_LIMIT_MS.last
    tools.say(`${failure.reason}; trying again in ${pause / 1000} s`)
    await tools.wait(pause)
  }
}

/** The services of Sigstore that a call asks. */
function servicesOf({ key, options }: SigningCall): readonly SigstoreService[] {
  const named = options.services ?? (options.log ? PUBLIC_SERVICES : [])
  return named.filter(({ role }) => role !== 'certificate authority' || key.kind === 'keyless')
}

async function runOnce(
  cosign: Cosign,
  { command, reference, key, options, args }: SigningCall,
  limitMs: number
): Promise<{ readonly error?: CommandError; readonly bundle?: PushedBundle }> {
  const cwd = await cosign.emptyDirectory(`cosign-${command}`)
  const bundleFile = join(cwd, 'bundle.json')
  const hosts = hostsOf(reference, options)
  const env = { ...cosign.environment(cwd, ...hosts), ...placeEnvironment(options), ...(await keyEnvironment(key)) }
  const done = await cosign
    .run({ file: cosign.file, args: args(bundleFile), env, cwd, timeoutMs: limitMs })
    .then(() => undefined)
    .catch(commandError)
  const bundle = options.format === 'legacy' ? undefined : await readBundle(bundleFile, done === undefined)
  return { ...(done === undefined ? {} : { error: done }), ...(bundle === undefined ? {} : { bundle }) }
}

function commandError(error: unknown): CommandError {
  if (error instanceof CommandError) return error
  throw error
}

function explain(
  error: CommandError,
  { key, size = 0 }: SigningCall,
  services: readonly SigstoreService[],
  limitMs: number
): CosignFailure {
  // The limit of the step ends a child too, and is nobody's silence.
  if (error.timedOut && services.length > 0 && error.message.includes(`within ${limitMs / 1000} s`))
    return explainSilence(limitMs / 1000, services)
  const kms = key.kind === 'kms' ? explainKms(error.stderr, key.reference, false) : undefined
  return kms ?? explainSize(error.stderr, size, services) ?? explainCosign(error, services)
}

/** What a failed call leaves behind, the end of a sentence; `''` when there is nothing to say. */
function leftBehind(
  { options }: SigningCall,
  { service, ended }: CosignFailure,
  bundle: PushedBundle | undefined,
  pushed: boolean | undefined
): string {
  if (pushed === undefined) return 'whether anything was pushed is not known, since the registry does not answer'
  if (bundle !== undefined && options.log)
    return 'its entry is in the transparency log, but the registry does not list it'
  if (ended === true && bundle !== undefined) return 'the registry does not list it'
  return service === true || ended === true ? 'nothing was pushed for this digest' : ''
}

function notDone(
  { command, reference, options }: SigningCall,
  failure: CosignFailure,
  attempt: number,
  left: string
): ToolError {
  const { reason, remedy } = failure
  const tried = attempt === 0 ? '' : ` (tried ${attempt + 1} times)`
  const { signatureRepository } = options
  const where = signatureRepository === undefined ? '' : ` (in signature-repository ${signatureRepository})`
  const text = `${formatReference(reference)} could not be ${DONE[command]}${where}: ${reason}${tried}${left && `; ${left}`}`
  return new ToolError(text, remedy === undefined ? {} : { remedy })
}

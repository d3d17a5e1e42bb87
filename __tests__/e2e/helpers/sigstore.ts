import { idTokenVariables } from '../../../world/runner/credentials.ts'
import { eventOf } from '../../../world/runner/events.ts'
import { sigstoreInputs } from '../../../world/runner/inputs.ts'
import type { StepResult } from '../../../world/runner/runner.ts'
import type { SigningFault } from '../../../world/services/sigstore.ts'
import { type CosignSignature, cosignVerifyBy } from './cosign.ts'
import { type E2eStep, freshRepository, keyInputs, step, world } from './world.ts'

/** A step that signs with the world's Sigstore. */
export interface SigstoreStep extends E2eStep {
  /** What one of its services does wrong. */
  readonly fault?: SigningFault
  /** Other claims of the ID token, or a fault of its endpoint: parameters of the stand-in (services/oidc.ts). */
  readonly claims?: Readonly<Record<string, string>>
}

/** Nothing is uploaded, so that a step is about signing only. */
const ONLY_SIGNING = { 'code-scanning': 'never' }

/** Runs a step that signs `image` with the world's key and puts the signature into the world's log. */
export async function loggedStep(
  image: string,
  { fault, inputs = {}, ...rest }: SigstoreStep = {}
): Promise<StepResult> {
  const consent = { 'transparency-log': 'true' }
  return step({
    eventOptions: { repository: freshRepository() },
    ...rest,
    inputs: { image, ...(await keyInputs()), ...sigstoreOf(fault), ...consent, ...ONLY_SIGNING, ...inputs }
  })
}

/** Runs a step that signs `image` as the workflow build.yml of its repository. */
export function keylessStep(
  image: string,
  { fault, claims = {}, inputs = {}, env = {}, ...rest }: SigstoreStep = {}
): Promise<StepResult> {
  const { event = 'push', eventOptions = { repository: freshRepository() } } = rest
  return step({
    ...rest,
    eventOptions,
    env: { ...idTokenVariables(world(), eventOf(event, eventOptions), claims), ...env },
    inputs: { image, keyless: 'true', ...sigstoreOf(fault), ...ONLY_SIGNING, ...inputs }
  })
}

function sigstoreOf(fault: SigningFault | undefined): Record<string, string> {
  const inputs = sigstoreInputs(world())
  return fault === undefined ? inputs : { ...inputs, 'signing-config': world().sigstore.faults[fault] }
}

/** Whom the certificate of a keyless step names. */
export function identityIn(repository: string, workflow = 'build.yml', ref = 'refs/heads/main'): string {
  return `https://github.com/${repository}/.github/workflows/${workflow}@${ref}`
}

/** Verifies by the real cosign that the world's log has the signature of the world's key. */
export function verifyLogged(reference: string, ...more: readonly string[]): Promise<readonly CosignSignature[]> {
  const { keys, sigstore } = world()
  return cosignVerifyBy(reference, ['--key', keys.public, '--trusted-root', sigstore.trustedRoot, ...more])
}

/** Verifies by the real cosign that the identity signed, with the world's log and certificate authority. */
export function verifyIdentity(
  reference: string,
  identity: string,
  ...more: readonly string[]
): Promise<readonly CosignSignature[]> {
  const { oidc, trustedRoot } = world().sigstore
  const who = ['--certificate-identity', identity, '--certificate-oidc-issuer', oidc.issuer]
  return cosignVerifyBy(reference, [...who, '--trusted-root', trustedRoot, ...more])
}

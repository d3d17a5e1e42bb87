import { checkSignature, type SignatureFinding } from '../../cosign/check.ts'
import { verifyCommand } from '../../cosign/verify-command.ts'
import { formatReference, nameOf, type PinnedReference, pin } from '../../image/reference.ts'
import type { Registry } from '../../image/registry.ts'
import { messageOf } from '../../lib/errors.ts'
import type { SignatureCheck } from '../../render/outcome.ts'
import type { ScannedBaseline } from '../judge/judge.ts'
import type { Subject } from '../scan/subjects.ts'
import type { Setting } from '../setting.ts'
import type { Signer } from '../sign/signer.ts'
import { type Checker, checkerOf, type Look, lookWith, type ReleaseChecker } from './checker.ts'
import { comparesWithSignedScan, readSignedScan } from './signed-scan.ts'

/** What is signed already of one image, and the command by which people see it themselves. */
export interface CheckedSignature {
  readonly signatureCheck: SignatureCheck
  /** Absent unless the signature is good. */
  readonly verifyCommand?: string
}

/** What is known of released images. */
export interface Released {
  /** Of images whose signature was looked at. */
  readonly checks: ReadonlyMap<Subject, CheckedSignature>
  /** What to compare images with: what their last signed scan said, or why that is not known. */
  readonly scans: ReadonlyMap<Subject, ScannedBaseline>
}

/**
 * Looks again at what was released: its signatures, and on a schedule its last signed scan. Never throws.
 * @param checker absent where no signature is expected.
 * @param signer absent where this run signs nothing; its own signed scans are believed as well.
 */
export async function lookAtReleased(
  setting: Setting,
  registry: Registry,
  { checker, signer }: { readonly checker?: ReleaseChecker | undefined; readonly signer?: Signer | undefined },
  subjects: readonly Subject[]
): Promise<Released> {
  const checks = new Map<Subject, CheckedSignature>()
  const scans = new Map<Subject, ScannedBaseline>()
  const believed = checker ?? (signer && checkerOf(setting, signer))
  if (believed === undefined) return { checks, scans }
  const look = lookWith(setting, registry, believed)
  for (const subject of subjects) {
    const checked = checker && (await checkReleased(look, subject))
    if (checked !== undefined) checks.set(subject, checked)
    const scan = comparesWithSignedScan(setting) ? await readSignedScan(look, subject) : undefined
    if (scan !== undefined) scans.set(subject, scan)
  }
  return { checks, scans }
}

/**
 * Whether an image is signed by the key that is expected, in every repository that it was named in. Never throws: what could not be looked at
 * is no pass.
 * @returns undefined for an image that is in no registry.
 */
export async function checkReleased(look: Look, subject: Subject): Promise<CheckedSignature | undefined> {
  const checked: Checked[] = []
  try {
    for (const target of subject.places.flatMap(place => signedParts(subject, place)))
      checked.push(await checkPart(look, subject, target))
  } catch (error) {
    checked.push({ check: { state: 'unreachable', reason: messageOf(error) } })
  }
  const [first] = checked
  if (first === undefined) return undefined
  const { check } = checked.find(one => one.check.state !== 'good') ?? first
  const { setting, checker } = look
  setting.log.info(`${subject.name}: ${check.state === 'good' ? `signed by ${check.signer}` : check.reason}`)
  const [place] = subject.places
  if (check.state !== 'good' || place === undefined) return { signatureCheck: check }
  return { signatureCheck: check, verifyCommand: commandOf(setting, checker, place, first.saysRepository === true) }
}

/** What came of looking at one manifest. */
interface Checked {
  readonly check: SignatureCheck
  /** The signature says itself that it belongs to this repository. */
  readonly saysRepository?: boolean
}

/** What a run that signs would have signed: the image, or of one that is not wholly scanned the platforms that are. */
function signedParts(subject: Subject, place: PinnedReference): PinnedReference[] {
  return subject.leftOut.length === 0 ? [place] : platformsAt(subject, place)
}

function platformsAt({ platforms }: Subject, place: PinnedReference): PinnedReference[] {
  return platforms.flatMap(({ digest }) => (digest === undefined ? [] : [pin(place, digest)]))
}

async function checkPart(look: Look, subject: Subject, reference: PinnedReference): Promise<Checked> {
  const finding = await find(look, reference)
  const name = nameOf(reference)
  switch (finding.state) {
    case 'signed': {
      const said = finding.signatures.map(({ annotations }) => annotations['repository'])
      const fitting = said.find(repository => repository === undefined || repository === name)
      if (said.every(repository => repository !== undefined && repository !== name))
        return { check: { state: 'bad', reason: `the signature says that it belongs to ${said[0]}, not to ${name}` } }
      return { check: { state: 'good', signer: signerOf(look.checker) }, saysRepository: fitting === name }
    }
    case 'only-attestation':
      return { check: { state: 'gone', reason: GONE('an attestation by the key') } }
    case 'not-signed':
      return { check: (await traceOf(look, subject, reference)) ?? { state: 'absent', reason: finding.reason } }
    case 'unreachable':
      return { check: { state: 'unreachable', reason: finding.reason, ...remedyOf(finding) } }
    default:
      return { check: { state: 'bad', reason: finding.reason, ...remedyOf(finding) } }
  }
}

const GONE = (what: string) => `it was signed once: ${what} is still there, but the signature is gone`

/** What still shows that an index was signed once: its platforms are signed and attested with it. */
async function traceOf(look: Look, subject: Subject, reference: PinnedReference): Promise<SignatureCheck | undefined> {
  for (const { platform, digest } of subject.platforms) {
    if (digest === undefined || digest === reference.digest) continue
    const { state } = await find(look, pin(reference, digest))
    if (state === 'signed') return { state: 'gone', reason: GONE(`the key's signature of ${platform}`) }
    if (state === 'only-attestation') return { state: 'gone', reason: GONE(`an attestation of ${platform} by the key`) }
  }
  return undefined
}

function find({ setting, tools, checker }: Look, reference: PinnedReference): Promise<SignatureFinding> {
  return setting.within(checkSignature(tools, reference, [checker.authority], checker.options))
}

function signerOf({ authority }: Checker): string {
  if (authority.kind === 'key') return `key ${authority.fingerprint}`
  const { identity } = authority
  return `identity ${'exactly' in identity ? identity.exactly : identity.regexp} (issuer ${authority.issuer})`
}

/** With what was looked at: the same flags, the trusted root by the path that the workflow has. */
function commandOf({ config }: Setting, checker: Checker, place: PinnedReference, saysRepository: boolean): string {
  const { log, signatureRepository } = checker.options
  const { trustedRoot } = config
  return verifyCommand(
    formatReference(place),
    checker.authority,
    {
      log: log === 'required',
      ...(trustedRoot === undefined ? {} : { sigstore: { trustedRoot } }),
      ...(signatureRepository === undefined ? {} : { signatureRepository })
    },
    saysRepository ? { repository: nameOf(place) } : {}
  )
}

function remedyOf({ remedy }: { readonly remedy?: string }): { readonly remedy?: string } {
  return remedy === undefined ? {} : { remedy }
}

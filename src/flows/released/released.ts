import type { SignatureFormat } from '../../cosign/args.ts'
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
import { remedyFor } from './remedies.ts'
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
  return { signatureCheck: check, verifyCommand: commandOf(setting, checker, place, first) }
}

/** What came of looking at one manifest. */
interface Checked {
  readonly check: SignatureCheck
  /** The signature says itself that it belongs to this repository. */
  readonly saysRepository?: boolean
  /** Of the signatures that were found. */
  readonly formats?: readonly SignatureFormat[]
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
  const signer = signerOf(look.checker)
  switch (finding.state) {
    case 'signed': {
      const said = finding.signatures.map(({ annotations }) => annotations['repository'])
      const fitting = said.find(repository => repository === undefined || repository === name)
      if (said.every(repository => repository !== undefined && repository !== name)) {
        const reason = `the signature says that it belongs to ${said[0]}, not to ${name}`
        return { check: { state: 'bad', reason, ...remedyOf({ state: 'other-repository' }, signer) } }
      }
      return {
        check: { state: 'good', signer },
        saysRepository: fitting === name,
        formats: finding.signatures.map(({ format }) => format)
      }
    }
    case 'only-attestation':
      return { check: gone(look, 'an attestation by the key') }
    case 'not-signed': {
      const absent = { state: 'absent', reason: finding.reason, ...remedyOf(finding, signer) } as const
      return { check: (await traceOf(look, subject, reference)) ?? absent }
    }
    case 'unreachable':
      return { check: { state: 'unreachable', reason: finding.reason, ...remedyOf(finding, signer) } }
    default:
      return { check: { state: 'bad', reason: finding.reason, ...remedyOf(finding, signer) } }
  }
}

function gone({ checker }: Look, what: string): SignatureCheck {
  const reason = `it was signed once, as ${what} shows, which is still there`
  return { state: 'gone', reason, ...remedyOf({ state: 'only-attestation' }, signerOf(checker)) }
}

/** What still shows that an index was signed once: its platforms are signed and attested with it. */
async function traceOf(look: Look, subject: Subject, reference: PinnedReference): Promise<SignatureCheck | undefined> {
  for (const { platform, digest } of subject.platforms) {
    if (digest === undefined || digest === reference.digest) continue
    const { state } = await find(look, pin(reference, digest))
    if (state === 'signed') return gone(look, `the key's signature of ${platform}`)
    if (state === 'only-attestation') return gone(look, `an attestation of ${platform} by the key`)
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
function commandOf(
  { config }: Setting,
  checker: Checker,
  place: PinnedReference,
  { saysRepository, formats = [] }: Checked
): string {
  const { log, signatureRepository } = checker.options
  const { trustedRoot } = config
  return verifyCommand(
    formatReference(place),
    checker.authority,
    {
      log: log === 'required',
      formats,
      ...(trustedRoot === undefined ? {} : { sigstore: { trustedRoot } }),
      ...(signatureRepository === undefined ? {} : { signatureRepository })
    },
    saysRepository ? { repository: nameOf(place) } : {}
  )
}

/** What a finding says itself is about how it was looked, which for some is not how people look here. */
function remedyOf(
  finding: { readonly state: Parameters<typeof remedyFor>[0]; readonly remedy?: string },
  signer: string
): { readonly remedy?: string } {
  const remedy = remedyFor(finding.state, signer) ?? finding.remedy
  return remedy === undefined ? {} : { remedy }
}

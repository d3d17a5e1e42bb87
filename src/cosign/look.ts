import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { formatReference, type PinnedReference } from '../image/reference.ts'
import { messageOf } from '../lib/errors.ts'
import { CommandError } from '../process/run.ts'
import type { Seen } from './bundle.ts'
import type { VerifyOptions } from './cosign.ts'
import { hostsOf, placeEnvironment } from './place.ts'
import type { LookTools } from './presence.ts'
import { authorityEnvironment } from './verify.ts'
import type { Look } from './verify-args.ts'
import { type LookFailure, readFailure } from './verify-failures.ts'

/** What is looked at. */
export interface Subject {
  readonly tools: LookTools
  readonly reference: PinnedReference
  readonly options: VerifyOptions
}

/** What is asked of cosign, and how its answer is read. */
export interface Question<T> {
  readonly arguments: (reference: string, look: Look, options: VerifyOptions) => string[]
  readonly parse: (printed: string) => T
  /** Whether the answer may be long. Then cosign writes it to a file: what a child prints is slow to take in when its lines have megabytes. */
  readonly long?: true
}

/** What came of one look: what the authority signed in one format, or why there is nothing. */
export type Looked<T> = Look & ({ readonly found: T } | { readonly failure: LookFailure })

/** Registries that list a signature later than they take it, and the hiccups that cosign calls "no signatures found". */
const LOOK_AGAIN_MS = [1_000, 3_000]
const MAX_PRINTED_BYTES = 256 * 1024 * 1024

/**
 * Asks for all of `looks` side by side, and again where the answer may be a hiccup.
 * @param isEnough true when the answers need no second try.
 * @param isThere whether something that can be read is there in a format, so that "nothing" cannot be the truth.
 */
export async function lookPatiently<T>(
  subject: Subject,
  looks: readonly Look[],
  question: Question<T>,
  {
    isThere,
    isEnough = () => false
  }: { isThere: (look: Look) => Promise<boolean>; isEnough?: (looked: readonly Looked<T>[]) => boolean }
): Promise<readonly Looked<T>[]> {
  const ask = (look: Look) => lookOnce(subject, look, question)
  let looked = await Promise.all(looks.map(ask))
  for (const pause of LOOK_AGAIN_MS) {
    if (isEnough(looked)) break
    const again = await Promise.all(looked.map(async one => mayBeHiccup(one) && (await isThere(one))))
    if (!again.includes(true)) break
    await subject.tools.wait(pause)
    looked = await Promise.all(looked.map((one, index) => (again[index] ? ask(one) : one)))
  }
  return looked
}

/** One call of cosign. */
export async function lookOnce<T>(subject: Subject, look: Look, question: Question<T>): Promise<Looked<T>> {
  const { by, format } = look
  const printed = await runCosign(subject, look, question)
  if (typeof printed !== 'string') return { by, format, failure: printed }
  try {
    return { by, format, found: question.parse(printed) }
  } catch (error) {
    const reason = `what cosign printed cannot be read: ${messageOf(error)}`
    return { by, format, failure: { kind: 'error', reason } }
  }
}

/**
 * True when cosign would look a legacy signature up in the public log, although an own Sigstore was given: a private digest is not told to it.
 * @param seen what lies at the legacy tag.
 */
export function wouldAskPublicLog(seen: readonly Seen[], { log, trustedRoot }: VerifyOptions): boolean {
  return log === 'required' && trustedRoot !== undefined && seen.some(({ logged }) => !logged)
}

async function runCosign<T>(
  { tools: { cosign }, reference, options }: Subject,
  look: Look,
  question: Question<T>
): Promise<string | LookFailure> {
  const cwd = await cosign.emptyDirectory('cosign-verify')
  const file = join(cwd, 'printed')
  try {
    const { stdout } = await cosign.run({
      file: cosign.file,
      args: [
        ...(question.long ? ['--output-file', file] : []),
        ...question.arguments(formatReference(reference), look, options)
      ],
      env: {
        ...cosign.environment(cwd, ...hostsOf(reference, options)),
        ...placeEnvironment(options),
        ...authorityEnvironment(look.by)
      },
      cwd,
      timeoutMs: cosign.timeoutMs
    })
    return question.long ? await readPrinted(file) : stdout
  } catch (error) {
    if (error instanceof CommandError) return readFailure(error)
    throw error
  }
}

async function readPrinted(file: string): Promise<string | LookFailure> {
  const { size } = await stat(file)
  if (size <= MAX_PRINTED_BYTES) return readFile(file, 'utf8')
  return { kind: 'error', reason: `the attestations have ${size} bytes; at most ${MAX_PRINTED_BYTES} are read` }
}

function mayBeHiccup<T>(looked: Looked<T>): boolean {
  if (!('failure' in looked)) return false
  const { failure } = looked
  return failure.kind === 'nothing' || (failure.kind === 'unreachable' && failure.passing)
}

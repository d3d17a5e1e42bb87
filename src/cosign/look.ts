import { readFile, stat } from 'node:fs/promises'
import { join } from 'node:path'
import { formatReference, type PinnedReference } from '../image/reference.ts'
import { messageOf } from '../lib/errors.ts'
import { CommandError } from '../process/run.ts'
import type { Seen } from './bundle.ts'
import type { Authority, VerifyOptions } from './cosign.ts'
import { hostsOf, placeEnvironment } from './place.ts'
import type { LookTools } from './presence.ts'
import type { Look } from './verify-args.ts'
import { type LookFailure, readFailure } from './verify-failures.ts'

/** What is looked at. */
export interface Subject {
  readonly tools: LookTools
  readonly reference: PinnedReference
  readonly options: VerifyOptions
  /** The OCI image layout with the image's bundles; it is read by looks at bundles only. */
  readonly layout: string
}

/** What is asked of cosign, and how its answer is read. */
export interface Question<T> {
  readonly arguments: (where: string, look: Look, options: VerifyOptions) => string[]
  readonly parse: (printed: string, look: Look) => T
  /** Whether the answer may be long. Then cosign writes it to a file: what a child prints is slow to take in when its lines have megabytes. */
  readonly long?: true
}

/** What came of one look: what the authority signed in one format, or why there is nothing. */
export type Looked<T> = Look & ({ readonly found: T } | { readonly failure: LookFailure })

/** The hiccups of a registry that cosign calls "no signatures found", of what is there. */
const LOOK_AGAIN_MS = [1_000, 3_000]
const MAX_PRINTED_BYTES = 256 * 1024 * 1024

/**
 * Asks for all of `looks` side by side, and again where the answer may be a hiccup.
 * @param isEnough true when the answers need no second try.
 */
export async function lookPatiently<T>(
  subject: Subject,
  looks: readonly Look[],
  question: Question<T>,
  isEnough: (looked: readonly Looked<T>[]) => boolean = () => false
): Promise<readonly Looked<T>[]> {
  const once = (look: Look) => lookOnce(subject, look, question)
  let looked = await Promise.all(looks.map(once))
  for (const pause of LOOK_AGAIN_MS) {
    if (isEnough(looked) || !looked.some(mayBeHiccup)) break
    await subject.tools.wait(pause)
    looked = await Promise.all(looked.map(one => (mayBeHiccup(one) ? once(one) : one)))
  }
  return looked
}

/** One call of cosign. */
export async function lookOnce<T>(subject: Subject, look: Look, question: Question<T>): Promise<Looked<T>> {
  const { by, format } = look
  try {
    return { by, format, found: await ask(subject, look, question) }
  } catch (error) {
    if (error instanceof CommandError) return { by, format, failure: readFailure(error) }
    if (!(error instanceof SyntaxError || error instanceof TypeError)) throw error
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

/**
 * One call of cosign.
 * @throws CommandError when cosign found nothing good, or could not look: it tells the two apart by its text only.
 * @throws SyntaxError or TypeError when what it printed cannot be read.
 */
export async function ask<T>(subject: Subject, look: Look, question: Question<T>): Promise<T> {
  const { reference, options, layout } = subject
  const { cosign } = subject.tools
  const isLocal = look.format === 'bundle'
  const cwd = await cosign.emptyDirectory('cosign-verify')
  const file = join(cwd, 'printed')
  const asked = question.arguments(isLocal ? layout : formatReference(reference), look, options)
  const { stdout } = await cosign.run({
    file: cosign.file,
    args: [...(question.long ? ['--output-file', file] : []), ...asked],
    env: {
      ...cosign.environment(cwd, ...(isLocal ? [] : hostsOf(reference, options))),
      ...(isLocal ? {} : placeEnvironment(options)),
      ...authorityEnvironment(look.by)
    },
    cwd,
    timeoutMs: cosign.timeoutMs
  })
  return question.parse(question.long ? await readPrinted(file) : stdout, look)
}

/** The environment by which a public key reaches a child. */
function authorityEnvironment(authority: Authority): Record<string, string> {
  return authority.kind === 'key' ? { COSIGN_PUBLIC_KEY: authority.pem } : {}
}

async function readPrinted(file: string): Promise<string> {
  const { size } = await stat(file)
  if (size <= MAX_PRINTED_BYTES) return readFile(file, 'utf8')
  throw new TypeError(`it has ${size} bytes; at most ${MAX_PRINTED_BYTES} are read`)
}

function mayBeHiccup<T>(looked: Looked<T>): boolean {
  if (!('failure' in looked) || looked.format === 'bundle') return false
  const { failure } = looked
  return failure.kind === 'nothing' || (failure.kind === 'unreachable' && failure.passing)
}

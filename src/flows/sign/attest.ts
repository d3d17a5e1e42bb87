import type { SignatureFormat } from '../../cosign/args.ts'
import { attest } from '../../cosign/attest.ts'
import { readStatements } from '../../cosign/statements.ts'
import { verifyOptionsOf } from '../../cosign/verify.ts'
import { formatReference, type PinnedReference, pin } from '../../image/reference.ts'
import type { Registry } from '../../image/registry.ts'
import { messageOf, ToolError } from '../../lib/errors.ts'
import type { JsonObject } from '../../lib/json.ts'
import type { Evidence, JudgedImage } from '../../render/outcome.ts'
import type { FreshScan } from '../scan/scan.ts'
import type { Subject } from '../scan/subjects.ts'
import type { Setting } from '../setting.ts'
import { type Platform, type Statement, type StatementTools, sbomStatement, scanStatement } from './attestable.ts'
import { optionsOf, type Signer } from './signer.ts'

/** What makes and signs evidence. */
export interface EvidenceTools extends StatementTools {
  readonly registry: Registry
  readonly signer: Signer
}

/**
 * Attests what `attest` asks for about each scanned platform, in each repository of the image, one after the other: a digest has one writer at
 * a time. To be called once the image is signed; the signature stays valid whatever comes of this.
 * @param scans of the subject, as they came from the scanner.
 * @returns one for each platform and type. Never throws.
 */
export async function attestSubject(
  setting: Setting,
  tools: EvidenceTools,
  subject: Subject,
  image: JudgedImage,
  scans: readonly FreshScan[]
): Promise<readonly Evidence[]> {
  const evidence: Evidence[] = []
  for (const scan of scans)
    for (const type of setting.config.attest) {
      const about = { type, platform: scan.platform }
      evidence.push({ ...about, ...(await attestEverywhere(setting, tools, { subject, image, scan }, type)) })
    }
  return evidence
}

type State = Omit<Evidence, 'type' | 'platform'>

/** In every repository; the worst of what came of it. */
async function attestEverywhere(
  setting: Setting,
  tools: EvidenceTools,
  platform: Platform,
  type: Evidence['type']
): Promise<State> {
  let state: State = { state: 'already-attested' }
  for (const place of platform.subject.places) {
    try {
      const done = await attestAt(setting, tools, platform, type, place)
      if (done === 'attested' && state.state !== 'failed') state = { state: done }
    } catch (error) {
      const remedy = error instanceof ToolError ? error.remedy : undefined
      state = {
        state: 'failed',
        reason: readable(setting, messageOf(error)),
        ...(remedy === undefined ? {} : { remedy })
      }
    }
  }
  return state
}

async function attestAt(
  setting: Setting,
  tools: EvidenceTools,
  platform: Platform,
  type: Evidence['type'],
  place: PinnedReference
): Promise<'attested' | 'already-attested'> {
  const { digest } = platform.scan
  if (digest === undefined) throw new ToolError('the platform has no digest that could be attested')
  const reference = pin(place, digest)
  const statement = await (type === 'vuln' ? scanStatement : sbomStatement)(setting, tools, platform, place)
  const what = `${formatReference(reference)} (${statement.type})`
  if (statement.isSaidBy(await alreadySaid(setting, tools, reference, statement.type))) {
    setting.log.info(`Already attested: ${what}`)
    return 'already-attested'
  }
  const { cosign, key, authority } = tools.signer
  const options = { ...optionsOf(setting, tools.signer), format: formatOf(tools.signer) }
  await attest(
    { cosign, registry: tools.registry, wait: setting.wait, say: line => setting.log.info(line) },
    { reference, key, authority, options, type: statement.type, predicateFile: statement.file }
  )
  setting.log.info(`Attested: ${what}`)
  return 'attested'
}

/**
 * One format only: a bundle wherever bundles are written, the `.att` tag where `signature-format` is `legacy`. Whoever wants both signatures has
 * readers of both kinds for the gate at the pull; evidence is read by those who ask for it, who can choose their reader. And each attestation
 * in the `.att` tag rewrites the list of all others under it, which registries without locks lose, and immutable tags refuse.
 */
function formatOf({ formats }: Signer): SignatureFormat {
  return formats.includes('bundle') ? 'bundle' : 'legacy'
}

/** Predicates that we signed already. That nobody could look is no reason not to attest. */
async function alreadySaid(
  setting: Setting,
  { registry, signer }: EvidenceTools,
  reference: PinnedReference,
  type: Statement['type']
): Promise<readonly JsonObject[]> {
  const options = verifyOptionsOf(optionsOf(setting, signer))
  try {
    const tools = { cosign: signer.cosign, registry, wait: setting.wait }
    const { statements } = await readStatements(tools, reference, type, [signer.authority], options)
    return statements.map(({ predicate }) => predicate)
  } catch (error) {
    setting.log.info(`Earlier attestations could not be read: ${readable(setting, messageOf(error))}`)
    return []
  }
}

/** The directory of this run means nothing to a reader. */
function readable({ directory }: Setting, words: string): string {
  return words.replaceAll(directory.path, '…')
}

import { checkSignature } from '../../cosign/check.ts'
import type { Authority, VerifyOptions } from '../../cosign/cosign.ts'
import type { RunContext } from '../../github/context.ts'
import { nameOf, type PinnedReference } from '../../image/reference.ts'
import type { Registry } from '../../image/registry.ts'
import { ToolError } from '../../lib/errors.ts'
import type { Setting } from '../setting.ts'
import { optionsOf, type Signer } from '../sign/signer.ts'

/** One attempt of a workflow run. */
interface RunAttempt {
  readonly id: number
  readonly attempt: number
}

/**
 * Which run newer than this one signed an image, as the annotation `run` of a signature by our key or workflow says. Nothing that is not signed
 * counts, nor a signature for another repository, nor a run of another repository of GitHub's.
 * @param reference what a tag points at.
 * @returns the run's address; undefined when there is none: the image is of an older run, of somebody else, not signed, or gone.
 * @throws ToolError when nobody could look, because of the registry or of something of ours: then nobody knows.
 */
export async function findNewerRun(
  setting: Setting,
  registry: Registry,
  signer: Signer,
  reference: PinnedReference
): Promise<string | undefined> {
  const tools = { cosign: signer.cosign, registry, wait: setting.wait }
  const finding = await checkSignature(tools, reference, [anyRefOf(signer)], lookOptions(setting, signer))
  if (finding.state === 'unreachable' || finding.state === 'error') {
    throw new ToolError(
      `whether what is there belongs to a newer run cannot be told: ${finding.reason}`,
      finding.remedy === undefined ? {} : { remedy: finding.remedy }
    )
  }
  if (finding.state !== 'signed') return undefined
  const runs = finding.signatures
    .filter(({ annotations }) => annotations['repository'] === nameOf(reference))
    .flatMap(({ annotations }) => annotations['run'] ?? [])
  return newestAfter(setting.context, runs)
}

/**
 * The newest of some runs, if it is newer than this one. GitHub counts runs upwards, and the attempts of a run.
 * @param runs addresses, `https://github.com/acme/app/actions/runs/4711/attempts/1`; those of other repositories are left out.
 */
export function newestAfter(
  { serverUrl, repository, runId, runAttempt }: Pick<RunContext, 'serverUrl' | 'repository' | 'runId' | 'runAttempt'>,
  runs: readonly string[]
): string | undefined {
  const prefix = `${serverUrl}/${repository.fullName}/actions/runs/`
  let newest: RunAttempt & { url?: string } = { id: runId, attempt: runAttempt }
  for (const url of runs) {
    if (!url.startsWith(prefix)) continue
    const [, id, attempt] = /^(\d{1,15})\/attempts\/(\d{1,9})$/.exec(url.slice(prefix.length)) ?? []
    const run = { id: Number(id), attempt: Number(attempt), url }
    if (run.id > newest.id || (run.id === newest.id && run.attempt > newest.attempt)) newest = run
  }
  return newest.url
}

/** A certificate names the ref as well, and a release follows upon a release with another tag. */
function anyRefOf({ authority, identity }: Signer): Authority {
  if (authority.kind === 'key' || identity === undefined) return authority
  const workflow = identity.identity.slice(0, identity.identity.lastIndexOf('@') + 1)
  const regexp = `^${workflow.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`
  return workflow === '' ? authority : { ...authority, identity: { regexp } }
}

/** A key is proof enough; a certificate is none without the log. */
function lookOptions(setting: Setting, signer: Signer): VerifyOptions {
  const { sigstore, signatureRepository } = optionsOf(setting, signer)
  return {
    log: signer.authority.kind === 'key' ? 'ignored' : 'required',
    ...(sigstore?.trustedRoot === undefined ? {} : { trustedRoot: sigstore.trustedRoot }),
    ...(signatureRepository === undefined ? {} : { signatureRepository })
  }
}

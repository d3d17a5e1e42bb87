import { publicKeyCommand } from '../../cosign/verify-command.ts'
import { JUDGED_SCANNERS, PKG_TYPES } from '../../inputs/scan-config.ts'
import type { RunFacts, Skipped } from '../../render/outcome.ts'
import { SARIF_TOOL } from '../../render/sarif-run.ts'
import type { ReleaseChecker } from '../released/checker.ts'
import type { Scanner } from '../scan/scan.ts'
import type { Setting } from '../setting.ts'
import type { Signer } from '../sign/signer.ts'

/** What the renderers are told of the run. */
export function factsOf(
  setting: Setting,
  by: {
    readonly now: Date
    readonly scanner: Scanner
    readonly signer?: Signer | undefined
    /** What checks signatures in a run that signs nothing. */
    readonly checker?: ReleaseChecker | undefined
    readonly accepted: RunFacts['accepted']
    /** What could not be read before the scan. */
    readonly skipped: RunFacts['skipped']
  }
): RunFacts {
  const { config, context } = setting
  const { scanner, signer, checker } = by
  const cosign = (signer ?? checker)?.cosign
  return {
    repository: context.repository.fullName,
    sha: context.pullRequest?.headSha ?? context.sha,
    sourceSha: context.sha,
    serverUrl: context.serverUrl,
    runUrl: context.runUrl,
    alertsUrl: alertsUrl(setting),
    policy: config.policy,
    onFail: config.onFail,
    minSeverity: config.minSeverity,
    ...signerFacts(signer ?? checker),
    ...(signer?.key.kind === 'kms' && { publicKeyCommand: publicKeyCommand(signer.key.reference) }),
    versions: { trivy: scanner.trivy.version, ...(cosign === undefined ? {} : { cosign: cosign.version }) },
    databaseUpdatedAt: 'database' in scanner.database ? scanner.database.database.updatedAt : '',
    now: by.now,
    accepted: by.accepted,
    leftOut: [
      ...listed('skip-dirs', config.skipDirs),
      ...listed('skip-files', config.skipFiles),
      ...listed('secret-config', config.secretConfig === undefined ? [] : [config.secretConfig]),
      ...partial('pkg-types', config.pkgTypes, PKG_TYPES),
      ...partial('scanners', config.scanners, JUDGED_SCANNERS)
    ],
    skipped: [...by.skipped, ...refusedComment(setting)]
  }
}

/** Whose signatures this run makes or looks for. */
function signerFacts(
  by: Pick<Signer, 'publicKey' | 'identity'> | undefined
): Pick<RunFacts, 'keyFingerprint' | 'publicKey' | 'identity'> {
  const { publicKey, identity } = by ?? {}
  return {
    ...(publicKey === undefined ? {} : { keyFingerprint: publicKey.fingerprint, publicKey: publicKey.pem }),
    ...(identity === undefined ? {} : { identity })
  }
}

function refusedComment({ config, context, abilities }: Setting): Skipped[] {
  const { comment } = abilities
  if (comment.allowed || context.pullRequest === undefined || config.comment === 'never') return []
  return [{ what: 'comment', reason: comment.reason }]
}

function alertsUrl({ context }: Setting): string {
  const query = context.pullRequest === undefined ? `ref:${context.ref}` : `pr:${context.pullRequest.number}`
  return `${context.serverUrl}/${context.repository.fullName}/security/code-scanning?query=${encodeURIComponent(`${query} tool:${SARIF_TOOL}`)}`
}

function listed(input: string, values: readonly string[]): string[] {
  return values.length === 0 ? [] : [`${input}: ${values.join(', ')}`]
}

function partial(input: string, values: readonly string[], all: readonly string[]): string[] {
  return all.every(value => values.includes(value)) ? [] : [`${input}: ${values.join(', ')} only`]
}

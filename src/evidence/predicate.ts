import { asObject, type JsonObject, text } from '../lib/json.ts'
import { objectOf } from './pick.ts'

/** The vulnerability database of a scan. */
export interface SignedDatabase {
  /** `repository@sha256:…`; without the digest where the registry did not tell it, empty where nobody says. */
  readonly uri: string
  /** When it was built, RFC 3339; empty where nobody says. */
  readonly version: string
}

/** What the predicate about one scan is made of. */
export interface ScanRecord {
  /** Trivy's report, scrubbed. */
  readonly report: JsonObject
  readonly database: SignedDatabase
  readonly startedAt: Date
  readonly finishedAt: Date
  /** Options that narrow what was looked at: `--skip-dirs=/opt`. */
  readonly parameters: readonly string[]
  /** Link to the run that scanned. */
  readonly runUrl: string
  readonly runId: string
  /** What ran: the workflow's file at its ref, as a link. */
  readonly builderId: string
}

/**
 * The predicate of a vulnerability scan, as cosign has it. It reads it into a Go struct, so that only what is in that struct arrives, and what is
 * under `scanner.result` whole. (Its specs/COSIGN_VULN_ATTESTATION_SPEC.md says `scanners`; its pkg/cosign/attestation/attestation.go counts.)
 * @returns an object for JSON, times in RFC 3339.
 */
export function vulnPredicate(scan: ScanRecord): JsonObject {
  const { report, database, startedAt, finishedAt, parameters, runUrl, runId, builderId } = scan
  const version = text(objectOf(asObject(report, 'report')['Trivy']), 'Version')
  return {
    invocation: { parameters, uri: runUrl, event_id: runId, 'builder.id': builderId },
    scanner: {
      uri: `pkg:github/aquasecurity/trivy@${version}`,
      version,
      db: { uri: database.uri, version: database.version },
      result: report
    },
    metadata: { scanStartedOn: startedAt.toISOString(), scanFinishedOn: finishedAt.toISOString() }
  }
}

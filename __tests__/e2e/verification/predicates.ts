const DAY_MS = 24 * 3_600_000

interface Contents {
  readonly dirty?: true
  readonly unrecognised?: true
}

/** A predicate of cosign's `vuln` type, around a report of Trivy's. Format: sigstore/cosign specs/COSIGN_VULN_ATTESTATION_SPEC.md. */
export function vulnPredicate({ age = 0, ...found }: Contents & { readonly age?: number }): object {
  const scanned = new Date(Date.now() - age * DAY_MS).toISOString()
  return {
    invocation: { parameters: null, uri: '', event_id: '', 'builder.id': '' },
    scanner: {
      uri: 'pkg:github/aquasecurity/trivy@0.74.0',
      version: '0.74.0',
      db: { uri: '', version: '' },
      result: report(found)
    },
    metadata: { scanStartedOn: scanned, scanFinishedOn: scanned }
  }
}

function report({ dirty, unrecognised }: Contents): object {
  const vulnerability = {
    VulnerabilityID: 'CVE-2026-0001',
    PkgName: 'openssl',
    InstalledVersion: '3.0.11',
    FixedVersion: '3.0.15',
    Status: 'fixed',
    Severity: 'CRITICAL'
  }
  return {
    SchemaVersion: 2,
    ArtifactName: 'acme/app',
    ArtifactType: 'container_image',
    Metadata: {
      ...(unrecognised ? {} : { OS: { Family: 'debian', Name: '12.5' } }),
      ImageID: `sha256:${'0'.repeat(64)}`,
      ImageConfig: { architecture: 'amd64', os: 'linux' }
    },
    Results: unrecognised
      ? []
      : [
          {
            Target: 'acme/app (debian 12.5)',
            Class: 'os-pkgs',
            Type: 'debian',
            ...(dirty ? { Vulnerabilities: [vulnerability] } : {})
          }
        ]
  }
}

/** Provenance as GitHub's attest-build-provenance makes it. Format: https://slsa.dev/spec/v1.0/provenance */
export function provenancePredicate(): object {
  return {
    buildDefinition: {
      buildType: 'https://actions.github.io/buildtypes/workflow/v1',
      externalParameters: {
        workflow: {
          ref: 'refs/heads/main',
          repository: 'https://github.com/acme/app',
          path: '.github/workflows/build.yml'
        }
      },
      internalParameters: { github: { event_name: 'push', repository_id: '1', repository_owner_id: '2' } },
      resolvedDependencies: []
    },
    runDetails: {
      builder: { id: 'https://github.com/acme/app/.github/workflows/build.yml@refs/heads/main' },
      metadata: { invocationId: 'https://github.com/acme/app/actions/runs/1/attempts/1' }
    }
  }
}

const GITHUB = 'https://github.com'
const PROVIDER = 'github-workflow'

/**
 * Fulcio's configuration for one issuer whose tokens are shaped like those of GitHub Actions, as a value for a YAML file;
 * in a JSON file its keys would have other names.
 * Format: https://github.com/sigstore/fulcio/blob/main/docs/oidc.md; what goes into which extension: docs/oid-info.md there.
 */
export function fulcioConfiguration(issuer: string) {
  return {
    'oidc-issuers': {
      [issuer]: { 'issuer-url': issuer, 'client-id': 'sigstore', type: 'ci-provider', 'ci-provider': PROVIDER }
    },
    'ci-issuer-metadata': {
      [PROVIDER]: {
        'default-template-values': { url: GITHUB, environment: '' },
        'extension-templates': EXTENSIONS,
        'subject-alternative-name-template': '{{ .url }}/{{ .job_workflow_ref }}'
      }
    }
  }
}

/** Each extension's value: a claim's name, or a template over claims. */
const EXTENSIONS = {
  'github-workflow-trigger': 'event_name',
  'github-workflow-sha': 'sha',
  'github-workflow-name': 'workflow',
  'github-workflow-repository': 'repository',
  'github-workflow-ref': 'ref',
  'build-signer-uri': '{{ .url }}/{{ .job_workflow_ref }}',
  'build-signer-digest': 'job_workflow_sha',
  'runner-environment': 'runner_environment',
  'source-repository-uri': '{{ .url }}/{{ .repository }}',
  'source-repository-digest': 'sha',
  'source-repository-ref': 'ref',
  'source-repository-identifier': 'repository_id',
  'source-repository-owner-uri': '{{ .url }}/{{ .repository_owner }}',
  'source-repository-owner-identifier': 'repository_owner_id',
  'build-config-uri': '{{ .url }}/{{ .workflow_ref }}',
  'build-config-digest': 'workflow_sha',
  'build-trigger': 'event_name',
  'run-invocation-uri': '{{ .url }}/{{ .repository }}/actions/runs/{{ .run_id }}/attempts/{{ .run_attempt }}',
  'source-repository-visibility-at-signing': 'repository_visibility',
  'deployment-environment': 'environment'
}

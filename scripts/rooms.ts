/**
 * The rooms of src, bottom to top, and what each may import. `pure`: no @actions/*, no files, no processes, no environment, no clock.
 * The order is the design: a room imports downwards, never sideways, never up.
 */
export const ROOMS: Readonly<Record<string, { readonly imports: readonly string[]; readonly pure?: true }>> = {
  lib: { imports: [] },
  report: { imports: ['lib'], pure: true },
  policy: { imports: ['lib', 'report'], pure: true },
  process: { imports: ['lib'] },
  github: { imports: ['lib'] },
  image: { imports: ['lib', 'process'] },
  origin: { imports: ['lib', 'report', 'image'], pure: true },
  advice: { imports: ['lib', 'report'], pure: true },
  evidence: { imports: ['lib', 'report', 'image'], pure: true },
  trust: { imports: ['lib', 'report', 'policy', 'image'], pure: true },
  tools: { imports: ['lib', 'process'] },
  inputs: { imports: ['lib', 'report', 'image', 'policy', 'trust'] },
  trivy: { imports: ['lib', 'process', 'image', 'report'] },
  cosign: { imports: ['lib', 'process', 'image'] },
  render: { imports: ['lib', 'report', 'policy', 'image', 'advice', 'trust'], pure: true },
  page: { imports: ['lib', 'report', 'policy', 'advice', 'render'], pure: true },
  publish: { imports: ['lib', 'github'] },
  flows: {
    imports: [
      'lib',
      'report',
      'policy',
      'process',
      'github',
      'image',
      'origin',
      'advice',
      'evidence',
      'trust',
      'tools',
      'inputs',
      'trivy',
      'cosign',
      'render',
      'page',
      'publish'
    ]
  }
}

/** Files of rooms with effects that are pure themselves. */
export const PURE_FILES: readonly string[] = [
  'cosign/args.ts',
  'cosign/bundle.ts',
  'cosign/explain.ts',
  'cosign/failures.ts',
  'cosign/identity.ts',
  'cosign/in-toto.ts',
  'cosign/kms-failures.ts',
  'cosign/kms.ts',
  'cosign/log-choice.ts',
  'cosign/output.ts',
  'cosign/place.ts',
  'cosign/service-failures.ts',
  'cosign/services.ts',
  'cosign/verify-args.ts',
  'cosign/verify-command.ts',
  'cosign/verify-failures.ts',
  'flows/judge/judge.ts',
  'github/abilities.ts',
  'github/advice.ts',
  'github/analyses.ts',
  'github/context.ts',
  'github/dismissed-alerts.ts',
  'github/pull-request.ts',
  'image/build-history.ts',
  'image/challenge.ts',
  'image/descriptor.ts',
  'image/platforms.ts',
  'image/reference.ts',
  'image/source.ts',
  'inputs/defaults.ts',
  'inputs/demands.ts',
  'inputs/fields.ts',
  'inputs/images.ts',
  'inputs/key.ts',
  'inputs/misplaced-secret.ts',
  'inputs/policy.ts',
  'inputs/scan-config.ts',
  'inputs/secrets.ts',
  'inputs/signers.ts',
  'inputs/signing.ts',
  'inputs/verify-config.ts',
  'inputs/verify-defaults.ts',
  'lib/duration.ts',
  'lib/errors.ts',
  'lib/json.ts',
  'lib/predicate-types.ts',
  'process/command.ts',
  'process/csv.ts',
  'process/environment.ts',
  'publish/issue-note.ts',
  'publish/marker.ts',
  'tools/deny.ts',
  'tools/malicious.ts',
  'tools/manifest.ts',
  'tools/platform.ts',
  'trivy/args.ts',
  'trivy/failures.ts',
  'trivy/parse-exempt.ts',
  'trivy/parse-fields.ts',
  'trivy/parse-remarks.ts',
  'trivy/parse-secrets.ts',
  'trivy/parse-vulnerabilities.ts',
  'trivy/parse.ts'
]

/** One door per outside thing: the only files that may import it (types are free). */
export const DOORS: readonly { readonly what: RegExp; readonly files: readonly string[] }[] = [
  { what: /^@actions\/exec$/, files: ['process/run.ts'] },
  { what: /^@actions\/tool-cache$/, files: ['tools/install.ts'] },
  { what: /^@actions\/github$/, files: ['github/client.ts'] },
  { what: /^@actions\/http-client$/, files: ['image/send.ts'] },
  { what: /^@octokit\//, files: ['github/client.ts', 'github/limits.ts'] },
  { what: /^@actions\/cache$/, files: [] },
  { what: /^@actions\/core$/, files: ['lib/log.ts', 'inputs/read.ts', 'publish/outputs.ts', 'flows/conclude.ts'] },
  { what: /^node:child_process$/, files: [] },
  { what: /^(node:(https?|net|tls|dgram)|undici)$/, files: [] }
]

/** Functions of @actions/core that one file each may use. */
export const ONE_USER: Readonly<Record<string, string>> = {
  getInput: 'inputs/read.ts',
  setFailed: 'flows/conclude.ts',
  setOutput: 'publish/outputs.ts'
}

/** What no pure file may touch, as imports and as words of its code. */
export const IMPURE_IMPORT = /^(@actions\/|@octokit\/|node:(?!crypto$|path$|zlib$))/
export const IMPURE_WORD =
  /\bprocess\.(env|cwd|platform|arch)\b|\bDate\.now\(|\bnew Date\(\)|\bMath\.random\(|\bfetch\(/

import { csvField } from '../process/csv.ts'

/** What the scanner is told, beside what it scans. */
export interface ScanOptions {
  /** Any of `vuln`, `secret`, `license` and `misconfig`, but not `misconfig` alone. */
  readonly scanners: readonly string[]
  readonly pkgTypes: readonly string[]
  readonly skipDirs: readonly string[]
  readonly skipFiles: readonly string[]
  /** Absolute path of a reviewed secret configuration. */
  readonly secretConfig?: string
  /** Absolute paths of VEX documents, OpenVEX or CSAF; of two that speak of the same vulnerability the first decides. */
  readonly vexFiles?: readonly string[]
}

/** What is scanned: a manifest in a registry by digest, a file or directory, or an image of the local Docker daemon. */
export type ScanTarget =
  | { readonly kind: 'registry'; readonly reference: string }
  | { readonly kind: 'file'; readonly path: string }
  | { readonly kind: 'daemon'; readonly name: string }

/** No request to anybody but the registries, and a log that a program can read. */
const QUIET = ['--skip-version-check', '--disable-telemetry', '--no-progress']

/** Trivy's own limit would end a scan with a half-written report; ours is on the child. */
const NO_LIMIT = '24h'

/**
 * Arguments of one scan: unfiltered, to JSON, against a database that is already there.
 * Source of the flags: aquasecurity/trivy pkg/flag, v0.74.0.
 */
export function scanArguments(
  target: ScanTarget,
  options: ScanOptions,
  places: { cache: string; output: string }
): string[] {
  return [
    'image',
    ...QUIET,
    '--timeout',
    NO_LIMIT,
    '--cache-dir',
    places.cache,
    '--cache-backend',
    'fs',
    '--skip-db-update',
    '--skip-java-db-update',
    ...scannerArguments(options.scanners),
    '--pkg-types',
    options.pkgTypes.join(','),
    ...options.skipDirs.flatMap(directory => ['--skip-dirs', csvField(directory)]),
    ...options.skipFiles.flatMap(file => ['--skip-files', csvField(file)]),
    ...(options.secretConfig === undefined ? [] : ['--secret-config', options.secretConfig]),
    ...(options.vexFiles ?? []).flatMap(file => ['--vex', csvField(file)]),
    '--list-all-pkgs',
    // What Trivy hides of its own accord would otherwise be gone without a word.
    '--show-suppressed',
    '--exit-code',
    '0',
    '--format',
    'json',
    '--output',
    places.output,
    ...targetArguments(target)
  ]
}

/** Arguments that download one database and do nothing else. */
export function downloadArguments(kind: 'vulnerability' | 'java', repository: string, cache: string): string[] {
  const flags =
    kind === 'java' ? ['--download-java-db-only', '--java-db-repository'] : ['--download-db-only', '--db-repository']
  return ['image', ...QUIET, '--timeout', NO_LIMIT, '--cache-dir', cache, ...flags, repository]
}

/** Arguments that make a CycloneDX SBOM of a report: no scan, no database, no network. */
export function convertArguments(places: { readonly input: string; readonly output: string }): string[] {
  return ['convert', '--quiet', '--format', 'cyclonedx', '--output', places.output, '--', places.input]
}

/**
 * Misconfigurations are looked for in the image's config only, so `misconfig` is not among `--scanners`: there it would judge every
 * Dockerfile and Kubernetes manifest that lies in the image. The checks are those in Trivy itself; newer ones would be fetched from a
 * registry (pkg/commands/artifact/run.go, initMisconfScannerOption).
 */
function scannerArguments(scanners: readonly string[]): string[] {
  const inFiles = scanners.filter(scanner => scanner !== 'misconfig')
  const ofConfig = ['--image-config-scanners', 'misconfig', '--skip-check-update']
  return ['--scanners', inFiles.join(','), ...(inFiles.length < scanners.length ? ofConfig : [])]
}

function targetArguments(target: ScanTarget): string[] {
  switch (target.kind) {
    case 'registry':
      return ['--image-src', 'remote', '--', target.reference]
    case 'daemon':
      return ['--image-src', 'docker', '--', target.name]
    case 'file':
      return ['--input', target.path]
  }
}

import { readdir, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { parse } from 'yaml'

/** A file of world/database/advisories; debian-12.yaml says what its fields mean. */
export interface AdvisoryFile {
  /** Trivy's name of the bucket, such as `debian 12`. */
  readonly bucket: string
  readonly source: { readonly id: string; readonly name: string; readonly url: string }
  /** By the package's name; on Debian, by its source package's. */
  readonly packages: Readonly<Record<string, readonly Advisory[]>>
}

/** One vulnerability of one package. What describes the vulnerability itself stands in one file only. */
export interface Advisory {
  readonly id: string
  readonly source: string
  readonly fixed?: string
  readonly status?: Status
  readonly urgency?: Severity
  readonly vulnerable?: readonly string[]
  readonly patched?: readonly string[]
  readonly title?: string
  readonly description?: string
  readonly severity?: Readonly<Record<string, Severity>>
  readonly cvss?: Readonly<Record<string, { readonly vector: string; readonly score: number }>>
  readonly cwe?: readonly string[]
  readonly references?: readonly string[]
  /** A day, `2026-01-27`. */
  readonly published?: string
}

// Their places are their numbers in the database: github.com/aquasecurity/trivy-db, pkg/types.
const SEVERITIES = ['unknown', 'low', 'medium', 'high', 'critical'] as const
const STATUSES = [
  'unknown',
  'not_affected',
  'affected',
  'fixed',
  'under_investigation',
  'will_not_fix',
  'fix_deferred',
  'end_of_life'
] as const

type Severity = (typeof SEVERITIES)[number]
type Status = (typeof STATUSES)[number]

/** Buckets within buckets; a name that ends in `/` is a bucket, as world/tools/database/main.go takes it. */
export interface Buckets {
  readonly [name: string]: unknown
}

/** Reads every file of the advisories. */
export async function readAdvisories(): Promise<AdvisoryFile[]> {
  const folder = join(import.meta.dirname, 'advisories')
  const names = (await readdir(folder)).sort()
  return Promise.all(names.map(async name => parse(await readFile(join(folder, name), 'utf8')) as AdvisoryFile))
}

/**
 * The content of Trivy's database: the advisories by platform and package, what they are about, and who published them.
 * Throws when a vulnerability is described nowhere or twice.
 */
export function contentOf(files: readonly AdvisoryFile[]): Buckets {
  const advisories = files.flatMap(file => Object.values(file.packages).flat())
  const described = advisories.filter(advisory => advisory.title !== undefined)
  for (const { id } of advisories) {
    const count = described.filter(advisory => advisory.id === id).length
    if (count !== 1) throw new Error(`${id} is described ${count} times`)
  }
  return {
    'vulnerability/': Object.fromEntries(described.map(advisory => [advisory.id, vulnerabilityOf(advisory)])),
    'data-source/': Object.fromEntries(files.map(file => [file.bucket, dataSourceOf(file)])),
    ...Object.fromEntries(files.map(file => [`${file.bucket}/`, packagesOf(file)]))
  }
}

function packagesOf({ packages }: AdvisoryFile): Buckets {
  return Object.fromEntries(
    Object.entries(packages).map(([name, advisories]) => [
      `${name}/`,
      Object.fromEntries(advisories.map(advisory => [advisory.id, advisoryOf(advisory)]))
    ])
  )
}

function advisoryOf({ fixed, status, urgency, vulnerable, patched }: Advisory): Buckets {
  return {
    FixedVersion: fixed,
    Status: status && STATUSES.indexOf(status),
    Severity: urgency && SEVERITIES.indexOf(urgency),
    VulnerableVersions: vulnerable,
    PatchedVersions: patched
  }
}

function vulnerabilityOf({ source, title, description, severity = {}, cvss = {}, ...rest }: Advisory): Buckets {
  const date = rest.published && `${rest.published}T00:00:00Z`
  const scores = Object.entries(cvss).map(([by, { vector, score }]) => [by, { V3Vector: vector, V3Score: score }])
  return {
    Title: title,
    Description: description,
    VendorSeverity: Object.fromEntries(Object.entries(severity).map(([by, name]) => [by, SEVERITIES.indexOf(name)])),
    CVSS: Object.fromEntries(scores),
    CweIDs: rest.cwe,
    References: [source, ...(rest.references ?? [])],
    PublishedDate: date,
    LastModifiedDate: date
  }
}

function dataSourceOf({ source }: AdvisoryFile): Buckets {
  return { ID: source.id, Name: source.name, URL: source.url }
}

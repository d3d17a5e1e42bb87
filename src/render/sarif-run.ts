import { createHash } from 'node:crypto'
import type { ReportingDescriptor, Result, Run } from 'sarif'
import { type Finding, identityOf, type Source, type Vulnerability } from '../report/model.ts'
import type { Severity } from '../report/severity.ts'
import { clean } from './escape.ts'
import { sourcesOf } from './origin-texts.ts'
import { type AlertTexts, secretTexts, vulnerabilityTexts } from './sarif-texts.ts'

/** The tool's name in code scanning: part of every alert's identity, and of the link to the alerts. */
export const SARIF_TOOL = 'imgguard'

/** What one run of the file is about. */
export interface RunSubject {
  /** Ends in `/`; see category.ts. */
  readonly category: string
  /** Without tag and digest. */
  readonly imageName: string
  readonly platform: string
  /** Version of this action. */
  readonly version: string
  readonly trivyVersion: string
}

/**
 * Inside the band of code scanning that has the severity's name (critical from 9.0, high from 7.0, medium from 4.0, low from 0.1).
 * `unknown` has none: a number would claim a severity that nobody has assigned, and 0.0 would hide the alert.
 */
const SECURITY_SEVERITY: Readonly<Record<Severity, string | undefined>> = {
  critical: '9.5',
  high: '8.0',
  medium: '5.5',
  low: '2.0',
  unknown: undefined
}

const LEVEL = { critical: 'error', high: 'error', medium: 'warning', low: 'note', unknown: 'note' } as const

/** One SARIF run: one rule and one result for each finding, in the order given. No findings close all alerts of the category. */
export function sarifRun(findings: readonly Finding[], subject: RunSubject): Run {
  const alerts = findings.map(finding => alertOf(finding, subject))
  return {
    tool: {
      driver: {
        name: SARIF_TOOL,
        semanticVersion: subject.version,
        rules: alerts.map(({ rule }) => rule),
        properties: { trivyVersion: subject.trivyVersion }
      }
    },
    automationDetails: { id: subject.category },
    columnKind: 'utf16CodeUnits',
    results: alerts.map(({ result }, ruleIndex) => ({ ...result, ruleIndex })),
    properties: { image: clean(subject.imageName), platform: clean(subject.platform) }
  }
}

interface Alert {
  readonly rule: ReportingDescriptor
  readonly result: Result
}

function alertOf(finding: Finding, subject: RunSubject): Alert {
  const { imageName, platform } = subject
  const texts =
    finding.kind === 'secret'
      ? secretTexts(finding, imageName, platform)
      : vulnerabilityTexts(finding, imageName, platform)
  return { rule: ruleOf(finding, texts), result: resultOf(finding, texts, subject) }
}

function ruleOf(finding: Finding, texts: AlertTexts): ReportingDescriptor {
  const secret = finding.kind === 'secret'
  const security = SECURITY_SEVERITY[finding.severity]
  return {
    id: ruleId(finding),
    name: secret ? 'SecretInImage' : 'VulnerablePackage',
    shortDescription: { text: texts.title },
    fullDescription: { text: texts.description },
    help: texts.help,
    defaultConfiguration: { level: LEVEL[finding.severity] },
    properties: {
      tags: ['security', 'container', finding.kind, ...(secret ? [] : [tagOf(finding)])],
      precision: secret ? 'high' : 'very-high',
      ...(security === undefined ? {} : { 'security-severity': security })
    }
  }
}

function resultOf(finding: Finding, texts: AlertTexts, subject: RunSubject): Result {
  const { file, line } = sourcesOf(finding)[0] ?? virtualPlace(finding, subject.imageName)
  return {
    ruleId: ruleId(finding),
    level: LEVEL[finding.severity],
    message: { text: texts.message },
    locations: [
      {
        physicalLocation: {
          artifactLocation: { uri: encodePath(file) },
          region: { startLine: line, startColumn: 1, endLine: line, endColumn: 1 }
        }
      }
    ],
    partialFingerprints: { primaryLocationLineHash: fingerprint(finding, subject) }
  }
}

/**
 * `CVE/ecosystem/package`, or `secret/rule/path`. A frozen contract, since alerts and their dismissals hang on it. A text that had to
 * be cleaned gets a hash of the whole, so that two findings never share a rule.
 */
export function ruleId(finding: Finding): string {
  const parts =
    finding.kind === 'secret' ? ['secret', finding.id, finding.path] : [finding.id, finding.ecosystem, finding.package]
  const whole = parts.join('/')
  const shown = parts.map(part => clean(part, 200)).join('/')
  return shown === whole ? whole : `${shown}~${hash(identityOf(finding)).slice(0, 8)}`
}

/** What makes an alert the same alert from build to build: never tag, digest, version, line or severity. */
function fingerprint(finding: Finding, { imageName, platform }: RunSubject): string {
  const what =
    finding.kind === 'secret' ? ['secret', finding.path, finding.id] : [finding.ecosystem, finding.package, finding.id]
  return `${hash(JSON.stringify([imageName, platform, ...what])).slice(0, 16)}:1`
}

/** A path that stands for the place inside the image: `acme/app/os-packages/openssl`, `acme/app/srv/app/package.json`. */
function virtualPlace(finding: Finding, imageName: string): Pick<Source, 'file' | 'line'> {
  const inside = finding.kind === 'secret' ? finding.path : firstPath(finding)
  return {
    file: `${withoutRegistry(imageName)}/${inside}`,
    line: finding.kind === 'secret' ? Math.max(1, finding.line) : 1
  }
}

function firstPath(finding: Vulnerability): string {
  return finding.occurrences.find(({ path }) => path !== '')?.path ?? `os-packages/${finding.package}`
}

function withoutRegistry(imageName: string): string {
  const [first = '', ...rest] = imageName.split('/')
  return rest.length > 0 && /[.:]|^localhost$/.test(first) ? rest.join('/') : imageName
}

/** A relative reference as GitHub takes it: no leading slash, no `..`, everything unusual percent-encoded, colons too. */
function encodePath(path: string): string {
  const segments = path.split('/').map(segment => clean(segment, 200))
  const kept = segments.filter(segment => segment !== '' && segment !== '.' && segment !== '..')
  return kept.map(encodeURIComponent).join('/') || 'image'
}

function tagOf(finding: Vulnerability): string {
  return clean(finding.ecosystem, 50) || 'package'
}

function hash(text: string): string {
  return createHash('sha256').update(text).digest('hex')
}

import { UserError } from '../lib/errors.ts'
import { MALICIOUS_SHA256 } from './malicious.ts'
import type { Tool } from './manifest.ts'

type Version = readonly [number, number, number]

interface Floor {
  readonly tool: Tool
  /** Versions of this major line only; all lines where absent. */
  readonly major?: number
  /** The first version that is not affected. */
  readonly fixed: Version
  readonly advisory: string
}

const COMPROMISED = 'GHSA-69fq-xp46-6x23 (CVE-2026-33634)'

/** Versions published by an attacker. */
const MALICIOUS_VERSIONS: Readonly<Record<Tool, readonly string[]>> = {
  cosign: [],
  trivy: ['0.69.4', '0.69.5', '0.69.6']
}

/** The highest floor of each line; the older advisories of these tools are all below it. */
const FLOORS: readonly Floor[] = [
  { tool: 'trivy', fixed: [0, 72, 0], advisory: 'GHSA-8rc5-4fr6-64pw (CVE-2026-63328) and others' },
  { tool: 'cosign', major: 3, fixed: [3, 1, 3], advisory: 'GHSA-fx35-mq7g-6g98' },
  { tool: 'cosign', major: 2, fixed: [2, 6, 5], advisory: 'GHSA-fx35-mq7g-6g98' },
  { tool: 'cosign', fixed: [2, 0, 0], advisory: 'GHSA-fx35-mq7g-6g98 (cosign 1 gets no fixes)' }
]

/**
 * Refuses a tool that is known to be bad, whoever asks for it: the built-in manifest, the input tools-manifest, or a file found on disk.
 * @param version must be a plain `x.y.z`: what moves (`latest`) cannot be pinned.
 * @param sha256 of the downloaded file or of the program in it, lower-case hex.
 * @throws UserError that names the advisory.
 */
export function refuse(tool: Tool, version: string, sha256: string): void {
  const parts = parse(version)
  if (parts === undefined)
    throw new UserError(`${tool} "${version}" is refused: only a plain version such as 3.1.3 can be pinned.`)
  if (MALICIOUS_VERSIONS[tool].includes(version))
    throw refusal(tool, version, 'it was published by an attacker', COMPROMISED)
  if (MALICIOUS_SHA256.has(sha256))
    throw refusal(tool, version, `SHA-256 ${sha256} is that of a malicious Trivy 0.69.4`, COMPROMISED)
  const floor = FLOORS.find(
    floor => floor.tool === tool && (floor.major ?? parts[0]) === parts[0] && isBelow(parts, floor.fixed)
  )
  if (floor)
    throw refusal(tool, version, `it has a known vulnerability, fixed in ${floor.fixed.join('.')}`, floor.advisory)
}

function refusal(tool: Tool, version: string, reason: string, advisory: string): UserError {
  return new UserError(
    `${tool} ${version} is refused: ${reason}. See ${advisory}. Name another version in tools-manifest, or leave it out.`
  )
}

function parse(version: string): Version | undefined {
  const [, major, minor, patch] = /^(\d{1,9})\.(\d{1,9})\.(\d{1,9})$/.exec(version) ?? []
  return major === undefined ? undefined : [Number(major), Number(minor), Number(patch)]
}

function isBelow(a: Version, b: Version): boolean {
  const index = a.findIndex((part, i) => part !== b[i])
  return index >= 0 && (a[index] ?? 0) < (b[index] ?? 0)
}

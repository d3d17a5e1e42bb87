import { expect, test } from '@jest/globals'
import { convertArguments, downloadArguments, type ScanOptions, scanArguments } from '../../../src/trivy/args.ts'

const OPTIONS: ScanOptions = { scanners: ['vuln', 'secret'], pkgTypes: ['os', 'library'], skipDirs: [], skipFiles: [] }
const places = { cache: '/cache', output: '/report.json' }
const reference = `ghcr.io/acme/app@sha256:${'a'.repeat(64)}`
const registry = { kind: 'registry', reference } as const
const after = (args: readonly string[], flag: string) => args.filter((_, index) => args[index - 1] === flag)

test('a scan asks nobody for updates and hides nothing', () => {
  const args = scanArguments(registry, OPTIONS, places)
  for (const flag of [
    '--skip-version-check',
    '--disable-telemetry',
    '--skip-db-update',
    '--skip-java-db-update',
    '--list-all-pkgs',
    '--show-suppressed'
  ])
    expect(args).toContain(flag)
  for (const flag of ['--severity', '--ignore-unfixed', '--ignorefile', '--config']) expect(args).not.toContain(flag)
  expect([after(args, '--exit-code'), after(args, '--format'), after(args, '--output')]).toEqual([
    ['0'],
    ['json'],
    ['/report.json']
  ])
})

test('a reference stands behind the flags, where it can be none', () => {
  expect(scanArguments(registry, OPTIONS, places).slice(-4)).toEqual(['--image-src', 'remote', '--', reference])
  expect(scanArguments({ kind: 'daemon', name: 'app:1' }, OPTIONS, places).slice(-4)).toEqual([
    '--image-src',
    'docker',
    '--',
    'app:1'
  ])
})

test('a file is an input', () => {
  expect(scanArguments({ kind: 'file', path: '/layout' }, OPTIONS, places).slice(-2)).toEqual(['--input', '/layout'])
})

test('a path with a comma or a quote stays one path', () => {
  const args = scanArguments(registry, { ...OPTIONS, skipDirs: ['/usr/share', '/a,b'], skipFiles: ['/c"d'] }, places)
  expect(after(args, '--skip-dirs')).toEqual(['/usr/share', '"/a,b"'])
  expect(after(args, '--skip-files')).toEqual(['"/c""d"'])
})

test('a secret configuration is given only where it was asked for', () => {
  expect(scanArguments(registry, OPTIONS, places)).not.toContain('--secret-config')
  expect(after(scanArguments(registry, { ...OPTIONS, secretConfig: '/x.yaml' }, places), '--secret-config')).toEqual([
    '/x.yaml'
  ])
})

test('misconfigurations are looked for in the image config only, with the checks that Trivy brings', () => {
  const args = scanArguments(registry, { ...OPTIONS, scanners: ['vuln', 'misconfig', 'license'] }, places)
  expect(after(args, '--scanners')).toEqual(['vuln,license'])
  expect(after(args, '--image-config-scanners')).toEqual(['misconfig'])
  expect(args).toContain('--skip-check-update')
  expect(scanArguments(registry, OPTIONS, places)).not.toContain('--image-config-scanners')
})

test('each VEX document is one value', () => {
  expect(scanArguments(registry, OPTIONS, places)).not.toContain('--vex')
  const args = scanArguments(registry, { ...OPTIONS, vexFiles: ['/w/a.json', '/w/b,"c.json'] }, places)
  expect(after(args, '--vex')).toEqual(['/w/a.json', '"/w/b,""c.json"'])
})

test('each database has its own flags', () => {
  expect(downloadArguments('vulnerability', 'host/db:2', '/cache').slice(-3)).toEqual([
    '--download-db-only',
    '--db-repository',
    'host/db:2'
  ])
  expect(downloadArguments('java', 'host/java:1', '/cache').slice(-3)).toEqual([
    '--download-java-db-only',
    '--java-db-repository',
    'host/java:1'
  ])
})

test('an SBOM is made of a report in a file, with nothing of the working directory but that', () => {
  expect(convertArguments({ input: '/in.json', output: '/out.json' })).toEqual([
    'convert',
    '--quiet',
    '--format',
    'cyclonedx',
    '--output',
    '/out.json',
    '--',
    '/in.json'
  ])
})

import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { UserError } from '../../../src/lib/errors.ts'
import { refuse } from '../../../src/tools/deny.ts'
import { MALICIOUS_SHA256 } from '../../../src/tools/malicious.ts'
import { assetFor, builtInManifest, parseManifest } from '../../../src/tools/manifest.ts'
import { platformOf } from '../../../src/tools/platform.ts'

const sha256 = 'a'.repeat(64)
const trivy = (overrides: object = {}) => ({
  version: '0.75.0',
  url: 'https://mirror.example/trivy',
  assets: { 'linux/amd64': { name: 'trivy.tar.gz', sha256: sha256.toUpperCase() } },
  ...overrides
})

describe('parseManifest', () => {
  test('reads text, ends the URL in a slash, lowers the digest, and takes the other tool from the built-in one', () => {
    expect(parseManifest(JSON.stringify({ trivy: trivy() }))).toEqual({
      cosign: builtInManifest.cosign,
      trivy: {
        version: '0.75.0',
        url: 'https://mirror.example/trivy/',
        assets: { 'linux/amd64': { name: 'trivy.tar.gz', sha256 } }
      }
    })
  })

  test.each([
    ['{', 'the whole: found text that is not JSON'],
    [{}, 'the whole: found no tool'],
    [{ grype: trivy() }, 'grype: found a tool that is not known; allowed: cosign and trivy'],
    [{ trivy: trivy({ version: 'latest' }) }, 'trivy.version: found "latest"; allowed: a plain version'],
    [{ trivy: trivy({ version: 'v0.75.0' }) }, 'trivy.version: found "v0.75.0"'],
    [{ trivy: trivy({ url: 'ftp://mirror.example/' }) }, 'trivy.url: found "ftp://mirror.example/"'],
    [{ trivy: trivy({ assets: {} }) }, 'trivy.assets: found no platform'],
    [
      { trivy: trivy({ assets: { linux: {} } }) },
      'trivy.assets: found "linux"; allowed: platforms such as linux/amd64'
    ],
    [
      { trivy: trivy({ assets: { 'linux/amd64': { name: 'trivy', sha256: 'abc' } } }) },
      'trivy.assets["linux/amd64"].sha256: found "abc"; allowed: 64 hex digits'
    ],
    [
      { trivy: trivy({ assets: { 'linux/amd64': { name: 'trivy' } } }) },
      'trivy.assets["linux/amd64"].sha256: found nothing'
    ],
    [
      { trivy: trivy({ assets: { 'linux/amd64': { name: '../trivy', sha256 } } }) },
      'trivy.assets["linux/amd64"].name: found "../trivy"'
    ],
    [
      { trivy: trivy({ digest: sha256 }) },
      'trivy.digest: found a field that is not known; allowed: version, url, assets'
    ]
  ])('%j: %s', (given, message) => {
    expect(() => parseManifest(given)).toThrow(`tools-manifest: ${message}`)
  })

  test('answers any JSON with a manifest or a UserError', () => {
    fc.assert(
      fc.property(fc.json(), text => {
        try {
          parseManifest(text)
        } catch (error) {
          expect(error).toBeInstanceOf(UserError)
        }
      })
    )
  })
})

describe('assetFor', () => {
  test('has every common runner', () => {
    for (const platform of ['linux/amd64', 'linux/arm64', 'darwin/amd64', 'darwin/arm64', 'windows/amd64']) {
      for (const tool of ['cosign', 'trivy'] as const)
        expect(assetFor(builtInManifest, tool, platform).sha256).toMatch(/^[0-9a-f]{64}$/)
    }
  })

  test('names the platforms there are', () => {
    expect(() => assetFor(builtInManifest, 'trivy', 'linux/s390x')).toThrow(
      /no pinned trivy 0.74.0 for linux\/s390x.*linux\/amd64, linux\/arm64/
    )
    expect(() => assetFor(builtInManifest, 'trivy', 'constructor')).toThrow(UserError)
  })
})

describe('refuse', () => {
  test('lets the built-in versions pass', () => {
    for (const tool of ['cosign', 'trivy'] as const) {
      for (const asset of Object.values(builtInManifest[tool].assets))
        refuse(tool, builtInManifest[tool].version, asset.sha256)
    }
  })

  test.each([
    ['trivy', '0.69.4', /attacker.*GHSA-69fq-xp46-6x23/],
    ['trivy', '0.69.6', /attacker/],
    ['trivy', '0.69.3', /fixed in 0.72.0/],
    ['trivy', '0.71.9', /GHSA-8rc5-4fr6-64pw/],
    ['trivy', 'latest', /plain version/],
    ['trivy', '0.72.0-rc.1', /plain version/],
    ['cosign', '3.1.2', /fixed in 3.1.3.*GHSA-fx35-mq7g-6g98/],
    ['cosign', '3.0.6', /fixed in 3.1.3/],
    ['cosign', '2.6.4', /fixed in 2.6.5/],
    ['cosign', '1.13.6', /fixed in 2.0.0/]
  ] as const)('%s %s', (tool, version, message) => {
    expect(() => refuse(tool, version, sha256)).toThrow(message)
  })

  test.each([
    ['trivy', '0.72.0'],
    ['trivy', '0.100.0'],
    ['trivy', '1.0.0'],
    ['cosign', '3.1.3'],
    ['cosign', '2.6.5'],
    ['cosign', '2.10.0'],
    ['cosign', '4.0.0']
  ] as const)('%s %s is let through', (tool, version) => expect(() => refuse(tool, version, sha256)).not.toThrow())

  test('a malicious digest under another version', () => {
    expect(MALICIOUS_SHA256.size).toBe(17)
    for (const bad of MALICIOUS_SHA256) expect(() => refuse('trivy', '0.74.0', bad)).toThrow('GHSA-69fq-xp46-6x23')
  })
})

test('platformOf speaks Go', () => {
  expect(platformOf('linux', 'x64')).toBe('linux/amd64')
  expect(platformOf('win32', 'arm64')).toBe('windows/arm64')
  expect(platformOf('freebsd', 'mips')).toBe('freebsd/mips')
})

import { execFile } from 'node:child_process'
import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { scrubPackages } from '../../src/evidence/packages.ts'
import { readVulnPredicate } from '../../src/evidence/signed-scan.ts'
import { convertToCycloneDx } from '../../src/trivy/convert.ts'
import { parseTrivyReport } from '../../src/trivy/parse.ts'
import type { StepResult } from '../../world/runner/runner.ts'
import { type Attested, cosignAttestations } from './helpers/attestations.ts'
import { freshPlace, pushBuilt } from './helpers/built-image.ts'
import { cosignVerify } from './helpers/cosign.ts'
import { resultsOf } from './helpers/judgement.ts'
import { startListener } from './helpers/listener.ts'
import { startProxy } from './helpers/proxy.ts'
import { platformOf, sibling } from './helpers/registry.ts'
import {
  crane,
  type E2eStep,
  freshFolder,
  freshImage,
  freshRepository,
  keyInputs,
  step,
  world
} from './helpers/world.ts'

const RUN = '4711'
const BOTH = 'sbom, vuln'
const PLATFORMS = ['linux/amd64', 'linux/arm64']
const TYPES = ['cyclonedx', 'vuln']

/** A step that signs whatever it finds, and attests both. */
async function attestingStep(image: string, { inputs = {}, ...rest }: E2eStep = {}): Promise<StepResult> {
  const quiet = { 'transparency-log': 'false', 'code-scanning': 'never', 'on-fail': 'warn', sign: 'always' }
  return step({
    eventOptions: { repository: freshRepository() },
    ...rest,
    inputs: { image, ...(await keyInputs()), ...quiet, attest: BOTH, ...inputs }
  })
}

interface Evidence {
  readonly type: string
  readonly platform: string
  readonly state: string
  readonly reason?: string
}

function evidenceOf(result: StepResult): readonly Evidence[] {
  return (resultsOf(result)[0] as unknown as { evidence?: readonly Evidence[] }).evidence ?? []
}

const statesOf = (result: StepResult) => evidenceOf(result).map(({ type, platform, state }) => [type, platform, state])

/** Every statement about a reference, both types. */
async function allOf(reference: string, args: readonly string[] = []): Promise<readonly Attested[]> {
  return (await Promise.all(TYPES.map(type => cosignAttestations(reference, type, { args })))).flat()
}

describe('an index with two platforms', () => {
  const repository = freshRepository()
  let image = ''
  let children: readonly string[] = []
  let result: StepResult

  beforeAll(async () => {
    image = await freshImage('index')
    children = await Promise.all(PLATFORMS.map(async name => sibling(image, (await platformOf(image, name)).digest)))
    result = await attestingStep(image, { eventOptions: { repository }, env: { GITHUB_RUN_ID: RUN } })
  })

  test('gets both kinds of evidence for each platform, and none for the index itself', async () => {
    expect(result.exitCode).toBe(0)
    expect(statesOf(result)).toEqual(
      PLATFORMS.flatMap(name => [
        ['sbom', name, 'attested'],
        ['vuln', name, 'attested']
      ])
    )
    expect(await allOf(image)).toEqual([])
    for (const child of children) {
      const digest = child.slice(child.indexOf('@') + 1)
      expect((await allOf(child)).map(({ predicateType, subjects }) => [predicateType, subjects])).toEqual([
        ['https://cyclonedx.org/bom', [digest]],
        ['https://cosign.sigstore.dev/attestation/vuln/v1', [digest]]
      ])
    }
  })

  test('has a signed scan that says what was found, with which database, by which run', async () => {
    const database = await crane('digest', world().dbRepositories)
    for (const [index, child] of children.entries()) {
      const [attested] = await cosignAttestations(child, 'vuln')
      const scan = readVulnPredicate(attested?.predicate ?? {})
      const whole = parseTrivyReport(
        JSON.parse(
          await readFile(new URL(`../fixtures/trivy/index-${PLATFORMS[index]?.slice(6)}.json`, import.meta.url), 'utf8')
        )
      ).report
      expect(parseTrivyReport(scan.report).report.findings.map(({ id }) => id)).toEqual(
        whole.findings.map(({ id }) => id)
      )
      expect(whole.findings.length).toBeGreaterThan(0)
      expect(scan.database.uri).toBe(`${world().dbRepositories.replace(/:2$/, '')}@${database}`)
      expect(Date.now() - scan.scannedAt.getTime()).toBeLessThan(600_000)
      expect(attested?.predicate).toMatchObject({
        invocation: { uri: `${world().github.serverUrl}/${repository}/actions/runs/${RUN}/attempts/1`, event_id: RUN },
        scanner: { uri: 'pkg:github/aquasecurity/trivy@0.74.0', result: { ArtifactName: child } }
      })
    }
  })

  test('has a signed SBOM of what is in it, without findings, which is kept in a file as well', async () => {
    const files = (result.outputs['sbom'] ?? '').split('\n')
    expect(files).toHaveLength(2)
    for (const [index, child] of children.entries()) {
      const [attested] = await cosignAttestations(child, 'cyclonedx')
      expect(attested?.predicate).toMatchObject({ bomFormat: 'CycloneDX', metadata: { component: { name: child } } })
      expect(attested?.predicate).not.toHaveProperty('vulnerabilities')
      const components = attested?.predicate['components'] as readonly { readonly purl?: string }[]
      expect(components.filter(({ purl = '' }) => purl.startsWith('pkg:deb/debian/')).length).toBeGreaterThan(5)
      expect(JSON.parse(await readFile(files[index] ?? '', 'utf8'))).toEqual(attested?.predicate)
    }
  })

  test('gets nothing anew from a second run that finds the same', async () => {
    const second = await attestingStep(image, { eventOptions: { repository } })
    expect(second.exitCode).toBe(0)
    expect(statesOf(second)).toEqual(
      PLATFORMS.flatMap(name => [
        ['sbom', name, 'already-attested'],
        ['vuln', name, 'already-attested']
      ])
    )
    for (const child of children) expect(await allOf(child)).toHaveLength(2)
  })

  test('gets a new signed scan when somebody accepts a finding, with the reason, and no new SBOM', async () => {
    const [first] = await cosignAttestations(children[0] ?? '', 'vuln')
    const [finding] = readVulnPredicate(first?.predicate ?? {}).vulnerabilities
    const workspace = await freshFolder()
    await writeFile(join(workspace, '.trivyignore'), `# not reachable from outside\n${finding?.id}\n`)
    const third = await attestingStep(image, { eventOptions: { repository }, workspace })
    expect(
      evidenceOf(third)
        .filter(({ state }) => state === 'attested')
        .map(({ type }) => type)
    ).toContain('vuln')
    const scans = (await cosignAttestations(children[0] ?? '', 'vuln')).map(({ predicate }) =>
      readVulnPredicate(predicate)
    )
    const newest = scans.sort((a, b) => b.scannedAt.getTime() - a.scannedAt.getTime())[0]
    expect(scans).toHaveLength(2)
    expect(newest?.vulnerabilities.map(({ id }) => id)).not.toContain(finding?.id)
    expect(newest?.accepted).toContainEqual(
      expect.objectContaining({
        id: finding?.id,
        status: 'ignored',
        statement: 'not reachable from outside',
        source: '.trivyignore'
      })
    )
    expect(await cosignAttestations(children[0] ?? '', 'cyclonedx')).toHaveLength(1)
  })
})

describe('an image with secrets, and names that nobody would choose', () => {
  const HIDDEN = {
    env: 'environment-of-the-image',
    history: 'argument-of-the-build',
    secret: `ghp_${'Zk3vQ9'.repeat(6)}`,
    around: 'line-around-the-secret'
  }
  const names = ['<img src=x>', 'a\u0000b', '\ud800', '\u202egpj', '"},"x":{"', '::error::pwned']
  const stanza = (name: string) =>
    `Package: ${name}\nStatus: install ok installed\nMaintainer: x\nArchitecture: amd64\nSource: libtasn1-6\nVersion: 4.16.0-2+deb11u1\n`
  let image = ''
  let result: StepResult

  beforeAll(async () => {
    const place = freshPlace()
    const files = {
      'etc/os-release': 'ID=debian\nVERSION_ID="11"\n',
      'etc/debian_version': '11.1\n',
      'var/lib/dpkg/status': names.map(stanza).join('\n'),
      'srv/token.conf': `${HIDDEN.around}\ntoken = ${HIDDEN.secret}\n${HIDDEN.around}\n`,
      [`srv/${HIDDEN.history}`]: 'in the history, where pushBuilt lists the files'
    }
    const { digest } = await pushBuilt(place, files, {
      Env: [`A=${HIDDEN.env}`, `TOKEN=${HIDDEN.secret}`],
      Cmd: [HIDDEN.env]
    })
    image = `${place}@${digest}`
    result = await attestingStep(image)
  })

  test('is attested without any of them, and can be read', async () => {
    expect(statesOf(result)).toEqual([
      ['sbom', 'linux/amd64', 'attested'],
      ['vuln', 'linux/amd64', 'attested']
    ])
    const statements = await allOf(image)
    expect(statements).toHaveLength(2)
    const files = await Promise.all((result.outputs['sbom'] ?? '').split('\n').map(file => readFile(file, 'utf8')))
    for (const text of [...statements.map(({ text }) => text), ...files])
      for (const hidden of Object.values(HIDDEN)) expect(text).not.toContain(hidden)
    const scan = readVulnPredicate(statements[1]?.predicate ?? {})
    expect(scan.vulnerabilities.length).toBeGreaterThan(0)
    expect(resultsOf(result)[0]?.failing.map(({ kind }) => kind)).toContain('secret')
  })
})

describe('a registry that takes no large blob', () => {
  test('leaves a valid signature, and what could not be attested is said', async () => {
    const direct = await freshImage('clean')
    const proxy = await startProxy(world().registry, { largestBlob: 5_000 })
    try {
      const image = direct.replace(world().registry, proxy.host)
      const result = await attestingStep(image)
      expect(resultsOf(result)[0]).toMatchObject({ signed: true, signing: { state: 'signed' } })
      expect(await cosignVerify(direct)).toHaveLength(1)
      const [sbom] = evidenceOf(result)
      expect(sbom).toMatchObject({
        type: 'sbom',
        state: 'failed',
        reason: expect.stringMatching(/larger than the registry takes/)
      })
      expect(result.log).toMatch(/larger than the registry takes/)
      // Evidence alone does not turn a step red: the signature is good.
      expect(result.exitCode).toBe(0)
      const child = sibling(direct, (await platformOf(direct, 'linux/amd64')).digest)
      expect(await cosignAttestations(child, 'cyclonedx')).toEqual([])
    } finally {
      await proxy.close()
    }
  })
})

describe('signature-format', () => {
  test('legacy makes attestations that old readers find, once', async () => {
    const image = await freshImage('clean')
    const child = sibling(image, (await platformOf(image, 'linux/amd64')).digest)
    const inputs = { 'signature-format': 'legacy' }
    expect(statesOf(await attestingStep(image, { inputs })).map(([, , state]) => state)).toEqual([
      'attested',
      'attested'
    ])
    expect(await allOf(child, ['--new-bundle-format=false'])).toHaveLength(2)
    const again = await attestingStep(image, { inputs })
    expect(statesOf(again).map(([, , state]) => state)).toEqual(['already-attested', 'already-attested'])
    expect(await allOf(child, ['--new-bundle-format=false'])).toHaveLength(2)
  })

  test('auto makes bundles, also where the registry has no Referrers API', async () => {
    const image = await freshImage('clean', world().registryWithoutReferrers)
    const child = sibling(image, (await platformOf(image, 'linux/amd64')).digest)
    expect(statesOf(await attestingStep(image)).map(([, , state]) => state)).toEqual(['attested', 'attested'])
    expect(await allOf(child)).toHaveLength(2)
    expect(await cosignVerify(image)).toHaveLength(1)
  })
})

describe('without a signature', () => {
  test('the SBOM is kept, and nothing is attested', async () => {
    const image = await freshImage('clean')
    const result = await attestingStep(image, { inputs: { sign: 'never' } })
    const child = sibling(image, (await platformOf(image, 'linux/amd64')).digest)
    expect(await allOf(child)).toEqual([])
    expect(evidenceOf(result)).toEqual([])
    const bom = JSON.parse(await readFile(result.outputs['sbom'] ?? '', 'utf8'))
    expect(bom).toMatchObject({ bomFormat: 'CycloneDX', specVersion: '1.7' })
  })

  test('an image that fails is not attested', async () => {
    const image = await freshImage('vulnerable')
    const result = await attestingStep(image, { inputs: { sign: 'passing' } })
    expect(evidenceOf(result)).toEqual([])
    expect(await allOf(image)).toEqual([])
  })
})

test('making an SBOM of a report asks nobody', async () => {
  const nobody = await startListener()
  try {
    const home = await freshFolder()
    const proxies = Object.fromEntries(
      ['HTTP_PROXY', 'HTTPS_PROXY', 'http_proxy', 'https_proxy'].map(name => [name, nobody.url])
    )
    const report: unknown = JSON.parse(
      await readFile(new URL('../fixtures/trivy/vulnerable.json', import.meta.url), 'utf8')
    )
    const { bom } = await convertToCycloneDx(
      {
        run: async ({ file, args, env, cwd }) => ({
          ...(await promisify(execFile)(file, [...args], { env: { ...env, ...proxies }, cwd })),
          exitCode: 0
        }),
        file: world().tools.trivy,
        version: '0.74.0',
        environment: () => ({ HOME: home }),
        emptyDirectory: freshFolder
      },
      scrubPackages(report, { name: 'shop', pullable: false })
    )
    expect(nobody.requests).toEqual([])
    expect(bom['components']).toHaveLength(78)
    expect(bom).not.toHaveProperty('vulnerabilities')
  } finally {
    await nobody.close()
  }
})

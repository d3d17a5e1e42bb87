import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { ROOT } from '../../world/folders.ts'
import { pushImage } from '../../world/images/images.ts'
import { expectNothingAdded, theError } from './helpers/expectations.ts'
import { githubRequests } from './helpers/github.ts'
import { rowWith, stepWith, type Told, topOf } from './helpers/step-with.ts'
import { freshImage, keyInputs, world } from './helpers/world.ts'

const daysFromNow = (days: number) => new Date(Date.now() + days * 86_400_000).toISOString().slice(0, 10)

const MINIMIST = '# minimist: only our own command line reaches it\nCVE-2021-44906\n'
const EXPRESS = '# express: it redirects to nothing that a user sends\nCVE-2024-29041\n'
const SECRETS = '# the secrets: revoked\naws-access-key-id\naws-secret-access-key\n'
const ONLY_SECRETS_FAIL = ['2 critical secrets (fail-on-secret: critical)']
const EVERYTHING_FAILS = ['1 critical vulnerability with a fix (fail-on: critical)', ...ONLY_SECRETS_FAIL]
const CSAF = await readFile(join(ROOT, '__tests__/fixtures/vex/minimist.csaf.json'), 'utf8')

/** An OpenVEX document about one package of an image that is given by digest. */
function openVex(image: string, vulnerability: string, purl: string): string {
  const product = { '@id': `pkg:oci/${/([^/]+)@/.exec(image)?.[1]}`, subcomponents: [{ '@id': purl }] }
  return JSON.stringify({
    '@context': 'https://openvex.dev/ns/v0.2.0',
    '@id': 'https://acme.example/vex/1',
    author: 'Acme',
    timestamp: '2026-11-10T09:00:00Z',
    version: 1,
    statements: [
      {
        vulnerability: { name: vulnerability },
        products: [product],
        status: 'not_affected',
        justification: 'vulnerable_code_not_present'
      }
    ]
  })
}

describe('a pull request that brings ignore files and VEX documents', () => {
  let ran: Told
  beforeAll(async () => {
    const image = await freshImage('vulnerable')
    const expiring = MINIMIST.replace('44906', `44906 exp:${daysFromNow(6)}`)
    ran = await stepWith({
      head: {
        '.trivyignore': `${expiring}${EXPRESS}\nCVE-1999-0001\n`,
        'security/curl.json': openVex(image, 'CVE-2024-2398', 'pkg:deb/debian/libcurl4'),
        'security/minimist.json': CSAF
      },
      base: { '.trivyignore': EXPRESS, 'security/minimist.json': CSAF },
      inputs: { image, vex: 'security/curl.json\nsecurity/minimist.json' }
    })
  })

  test('says at the top of the comment what only it accepts, with reason, file and end', () => {
    expect(topOf(ran)).toContain('**This pull request accepts 3 risks**')
    expect(topOf(ran)).toContain(
      `> - \`CVE-2021-44906\`, minimist: only our own command line reaches it (\`.trivyignore\`, until ${daysFromNow(6)})`
    )
    expect(topOf(ran)).toMatch(/`CVE-2024-2398`, not affected: .*VEX `security\/curl\.json`/)
    expect(topOf(ran)).toMatch(/`CVE-1999-0001`, without a reason.*nothing was found that it matches/)
    expect(topOf(ran)).not.toMatch(/CVE-2024-29041|security\/minimist\.json/)
  })

  test('is judged by what remains', () => {
    expect(ran.exitCode).toBe(1)
    expect(ran.reasons).toEqual(ONLY_SECRETS_FAIL)
    expect(ran.outputs).toMatchObject({ suppressed: '4' })
  })

  test('lists what is accepted, and names what ends soon and what matches nothing', () => {
    for (const text of [ran.comment, ran.summary]) {
      expect(text).toMatch(/Accepted risks: 4 found, 1 expires in [56] days, 1 matches nothing/)
      expect(rowWith(text, 'CVE-2021-44906', '.trivyignore')).toMatch(/minimist: only our.*\(in [56] days\)/)
      expect(rowWith(text, 'CVE-2024-29041', '.trivyignore')).toContain('express: it redirects')
      expect(text.slice(text.indexOf('that these match'))).toContain('| `CVE-1999-0001` |')
    }
  })

  test('hides what VEX says, with status, words and the name of the document', () => {
    for (const text of [ran.comment, ran.summary]) {
      expect(rowWith(text, 'CVE-2024-2398', 'VEX `security/curl.json`')).toMatch(/`libcurl4` \| not affected: vuln/)
      expect(rowWith(text, 'CVE-2021-44906', 'VEX `security/minimist.json`')).toMatch(
        /`minimist` \| not affected: Only the build calls this copy/
      )
    }
  })

  test('uploads nothing of what is accepted, and all of what is not', () => {
    expect(ran.uploaded).not.toContain('CVE-2021-44906/npm/minimist')
    expect(ran.uploaded).not.toContain('CVE-2024-29041/npm/express')
    expect(ran.uploaded).not.toContain('CVE-2024-2398/debian/libcurl4')
    expect(ran.uploaded).toEqual(
      expect.arrayContaining([
        'CVE-2024-2398/debian/curl',
        'CVE-2024-7264/debian/libcurl4',
        'CVE-2020-7598/npm/minimist'
      ])
    )
  })

  test('tells nobody where its files lie on the runner', () => expectNoPaths(ran))
})

/** Fails the test when anything that is told holds a folder of the runner, or does not name the VEX documents. */
async function expectNoPaths({ comment, summary, outputs, folders }: Told): Promise<void> {
  const files = await Promise.all(
    [outputs['report'], outputs['html'], outputs['sarif']].map(path => readFile(path ?? '', 'utf8'))
  )
  expect(files).toEqual([
    expect.stringContaining('security/curl.json'),
    expect.stringContaining('security/curl.json'),
    expect.any(String)
  ])
  for (const text of [comment, summary, ...files]) {
    expect(text).not.toBe('')
    for (const folder of [folders.workspace, folders.temp, folders.home, '/tmp/']) expect(text).not.toContain(folder)
  }
}

test('what is accepted is accepted in the baseline, too, and so does not seem to be fixed', async () => {
  const image = await freshImage('vulnerable')
  const [registry = '', ...repository] = image.replace(/@.*/, '').split('/')
  const { crane } = world().tools
  await pushImage({ crane, registry, repository: repository.join('/'), tag: 'main', name: 'baseline' })
  const ran = await stepWith({
    head: {
      '.trivyignore': 'CVE-2023-52425\n',
      'vex.json': openVex(image, 'CVE-2024-2398', 'pkg:deb/debian/libcurl4')
    },
    base: {},
    inputs: { image, vex: 'vex.json' }
  })
  expect(ran.outputs).toMatchObject({ suppressed: '2', new: '8', fixed: '2' })
  expect(topOf(ran)).toContain('**This pull request accepts 2 risks**')
})

describe('when the files of the base cannot be read', () => {
  test('what is accepted counts all the same, and the comment says why nothing is marked and which permission is missing', async () => {
    const ran = await stepWith({
      head: { '.trivyignore': MINIMIST },
      forbidden: '/contents/',
      inputs: { image: await freshImage('vulnerable') }
    })
    expect(ran.reasons).toEqual(ONLY_SECRETS_FAIL)
    expect(ran.comment).not.toContain('This pull request accepts')
    expect(rowWith(ran.comment, 'CVE-2021-44906', '.trivyignore')).toContain('minimist: only our')
    expect(ran.comment).toContain('**what this pull request itself accepts**')
    expect(ran.comment).toMatch(/```yaml\n\s+permissions:\n\s+contents: read\n\s+```/)
  })

  test('nor without a token, which the summary says', async () => {
    const { reasons, summary, repository } = await stepWith({
      head: { '.trivyignore': MINIMIST },
      inputs: { image: await freshImage('vulnerable'), 'github-token': '' }
    })
    expect(reasons).toEqual(ONLY_SECRETS_FAIL)
    expect(rowWith(summary, 'CVE-2021-44906', '.trivyignore')).toContain('minimist: only our')
    expect(summary).toMatch(/\*\*what this pull request itself accepts\*\*.*github-token.* is empty/)
    expect(await githubRequests(repository)).toEqual([])
  })
})

describe('ignore-from: base', () => {
  test('takes ignore files and VEX documents from the base alone', async () => {
    const image = await freshImage('vulnerable')
    const ran = await stepWith({
      head: { '.trivyignore': `${MINIMIST}${SECRETS}`, 'security/curl.json': openVex(image, 'CVE-2021-44906', '') },
      base: {
        '.trivyignore': EXPRESS,
        'security/curl.json': openVex(image, 'CVE-2024-2398', 'pkg:deb/debian/libcurl4')
      },
      inputs: { image, 'ignore-from': 'base', vex: 'security/curl.json' }
    })
    expect(ran.reasons).toEqual(EVERYTHING_FAILS)
    expect(ran.outputs).toMatchObject({ suppressed: '2' })
    expect(ran.comment).not.toContain('This pull request accepts')
    expect(rowWith(ran.comment, 'CVE-2024-29041', '.trivyignore')).toContain('express: it redirects')
    expect(rowWith(ran.comment, 'CVE-2024-2398', 'VEX `security/curl.json`')).toContain('not affected')
    await expectNoPaths(ran)
  })

  test('accepts nothing when the base cannot be read, and says so', async () => {
    const ran = await stepWith({
      head: { '.trivyignore': MINIMIST },
      forbidden: '/contents/',
      inputs: { image: await freshImage('vulnerable'), 'ignore-from': 'base' }
    })
    expect(ran.reasons).toEqual(EVERYTHING_FAILS)
    expect(ran.outputs).toMatchObject({ suppressed: '0' })
    expect(ran.comment).toMatch(/\*\*accepted risks\*\*: ignore-from is base, so only .* cannot be read/)
    expect(ran.comment).toMatch(/```yaml\n\s+permissions:\n\s+contents: read\n\s+```/)
  })
})

test('a pull request that may sign cannot accept what it brings: only its base counts', async () => {
  const image = await freshImage('vulnerable')
  const ran = await stepWith({
    head: { '.trivyignore': `${MINIMIST}${SECRETS}` },
    base: { '.trivyignore': MINIMIST },
    inputs: { image, ...(await keyInputs()), 'sign-on': 'pull_request', 'transparency-log': 'false' }
  })
  expect(ran.exitCode).toBe(1)
  expect(ran.reasons).toEqual(ONLY_SECRETS_FAIL)
  expect(ran.outputs).toMatchObject({ signed: 'false', suppressed: '1' })
  await expectNothingAdded(image)
})

describe('a VEX document that is of no use', () => {
  test.each([
    { name: 'not JSON', text: '{', error: /^vex\.json is not a JSON document; vex takes OpenVEX and CSAF files$/ },
    {
      name: 'CycloneDX',
      text: '{"bomFormat": "CycloneDX", "vulnerabilities": []}',
      error: /^vex\.json is a CycloneDX document, which counts only for SBOMs; vex takes OpenVEX .* and CSAF/
    }
  ])('is one error before anything is scanned or told: $name', async ({ text, error }) => {
    const ran = await stepWith({
      head: { 'vex.json': text },
      inputs: { image: await freshImage('clean'), vex: 'vex.json' }
    })
    expect(theError(ran)).toMatch(error)
    expect(ran.summary).toBe('')
    expect(await githubRequests(ran.repository)).toEqual([])
  })

  test('and that only the scanner refuses leaves the scan incomplete, with a sentence that names the input', async () => {
    const text = '{"@context": "https://openvex.dev/ns/v0.2.0", "statements": [{"products": 5}]}'
    const ran = await stepWith({
      head: { 'vex.json': text },
      inputs: { image: await freshImage('clean'), vex: 'vex.json' }
    })
    expect(ran.exitCode).toBe(1)
    expect(ran.outputs).toMatchObject({ verdict: 'incomplete' })
    expect(ran.reasons).toEqual([expect.stringMatching(/input vex/)])
    expect(ran.comment).toContain('input vex')
    expect(ran.uploaded).toEqual([])
  })
})

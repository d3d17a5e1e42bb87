import { glob, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { beforeAll, describe, expect, test } from '@jest/globals'
import { markdownToHtml } from '../../scripts/render-html.ts'
import type { Comment, Upload } from '../../world/github/memory.ts'
import type { StepResult } from '../../world/runner/runner.ts'
import { freshPlace, pushBuilt } from './helpers/built-image.ts'
import { githubState } from './helpers/github.ts'
import { resultsOf, runsOf, stepAnywhere } from './helpers/judgement.ts'
import { world } from './helpers/world.ts'

/** What an image may call its packages and directories. None is longer than a tar's name allows with what stands around it. */
const VECTORS = [
  '::error::pwned',
  '::set-output name=pwned::1',
  '##[error]pwned',
  'a ##[add-path]pwned',
  '##[set-env name=pwned]1',
  '\u200b::warning::pwned',
  '@octocat',
  'fixes #1 GH-1 o/r#1',
  '</details></td></table>',
  '<img src=x onerror=pwned>',
  '<details open>',
  'a|b\\|c',
  '`a``b`',
  '\u202egpj.exe\u2066',
  '%0A::error::pwned',
  '[x](javascript:pwned)',
  '![x](https://evil.example/x.png)',
  'https://evil.example/ www.evil.example',
  '<!-- imgguard v1 key=0000000000000000 run=9 attempt=1 sha=0000000000000000000000000000000000000000 -->',
  ':white_check_mark: ✅ All clear',
  '\u001b[2J\u0007'
]

/** Only file names can hold these. */
const LINES = ['a\n::error::pwned', 'a\r\n##[error]pwned', 'a\n\n# All clear\n']

const SECRET = `ghp_${'Zk3vQ9'.repeat(6)}`
const PACKAGES = 10_000

/** Of a package that Debian's advisories know by its source; what it is called is the image's choice. */
function stanza(name: string): string {
  return `Package: ${name}\nStatus: install ok installed\nMaintainer: x\nArchitecture: amd64\nSource: libtasn1-6\nVersion: 4.16.0-2+deb11u1\n`
}

const files: Record<string, string> = {
  'etc/os-release': 'ID=debian\nVERSION_ID="11"\nNAME="@octocat ##[error]pwned"\n',
  'etc/debian_version': '11.1 ##[error]pwned @octocat </details>\n',
  'var/lib/dpkg/status': [...VECTORS, ...Array.from({ length: PACKAGES }, (_, index) => `pkg${index}`)]
    .map(stanza)
    .join('\n')
}
for (const [index, vector] of [...VECTORS, ...LINES].entries()) {
  if (vector.length > 70) continue
  files[`srv/${index}/${vector}/lodash/package.json`] = JSON.stringify({
    name: 'lodash',
    version: '4.17.20',
    license: vector
  })
  files[`opt/${index}/${vector}/token.conf`] = `token = ${SECRET}\n`
}

/** Commands that the action itself gives the runner. */
const OUR_COMMANDS = ['add-mask', 'debug', 'endgroup', 'error', 'group', 'notice', 'stop-commands', 'warning']

const ELEMENTS =
  'a code details em h2 h3 h4 li p pre strong sub summary table tbody td th thead tr ul input br hr'.split(' ')

let result: StepResult
let comments: readonly Comment[]
let uploads: readonly Upload[]

beforeAll(async () => {
  const place = freshPlace()
  const env = ['A=::error::pwned', `TOKEN=${SECRET}`, 'B=##[error]pwned']
  const { digest } = await pushBuilt(place, files, { Env: env, Labels: { '@octocat': '</details>' } })
  // Out of support, so that the name of the operating system gets into the reasons of the verdict.
  const inputs = { image: `${place}@${digest}`, 'fail-on-eol': 'true' }
  const { repository, ...rest } = await stepAnywhere({ event: 'pull_request', inputs })
  result = rest
  const state = await githubState(repository)
  comments = state.comments
  uploads = state.uploads
})

test('the step ends as for any image with such findings', () => {
  expect(result.exitCode).toBe(1)
  const [judged] = resultsOf(result)
  expect(judged?.verdict).toBe('fail')
  expect(judged?.counts.medium).toBeGreaterThanOrEqual(PACKAGES + VECTORS.length)
  expect(judged?.counts.high).toBe(1)
  expect(judged?.counts.critical).toBeGreaterThan(15)
  expect(judged?.reasons).toContainEqual(expect.stringMatching(/^debian 11\.1.*is out of support/))
  expect(result.summary).toContain('`image config`')
})

test('the runner obeys no command in the log but our own', () => {
  const foreign = result.commands.filter(({ name }) => !OUR_COMMANDS.includes(name))
  expect(foreign).toEqual([])
  const annotations = result.commands.filter(({ name }) => ['error', 'warning', 'notice'].includes(name))
  expect(annotations.filter(({ data }) => data.startsWith('pwned'))).toEqual([])
  expect(annotations.length).toBeLessThanOrEqual(12)
  expect(annotations.every(({ properties }) => Object.keys(properties).every(key => key === 'title'))).toBe(true)
  expect(Object.keys(result.outputs)).not.toContain('pwned')
  expect(result.exported).toEqual({})
})

describe.each(['comment', 'summary'] as const)('the %s', what => {
  test('holds no link, mention, element or marker of the image’s making', async () => {
    const markdown = what === 'comment' ? (comments[0]?.body ?? '') : result.summary
    expect(markdown.length).toBeLessThanOrEqual(what === 'comment' ? 65_536 : 1_048_576)
    // Only at the very beginning is it a marker.
    expect(markdown.split('<!-- imgguard').length - 1).toBe(what === 'comment' ? 1 : 0)

    // Thousands of innocent rows would only cost time.
    const html = await markdownToHtml(markdown.replace(/^\|.*`pkg\d+`.*\n/gm, ''))
    const server = new URL(world().github.serverUrl).host
    expect(problemsOf(html, ['avd.aquasec.com', server])).toEqual([])
    expect(html.split('<details').length).toBe(markdown.split(/^<details><summary>/m).length)
    expect(html.match(/<h[1-6]/g)?.length).toBeLessThanOrEqual(what === 'comment' ? 1 : 5)
    expect(html).toContain('octocat')
  })
})

/** What in a page could act: elements and links that are not ours, and texts of which GitHub makes links, mentions or emoji. */
function problemsOf(html: string, hosts: readonly string[]): string[] {
  const elements = [...html.matchAll(/<([a-z][a-z0-9]*)/g)].map(([, name = '']) => name)
  const links = [...html.matchAll(/(?:href|src)="([^"]*)"/g)].map(([, url = '']) => url)
  const text = textOf(html)
  // GitHub leaves code alone, but a reply by mail quotes it as text.
  const prose = textOf(html.replace(/<code>.*?<\/code>/gs, ''))
  return [
    ...elements.filter(name => !ELEMENTS.includes(name)),
    ...links.filter(url => !hosts.includes(new URL(url).host)),
    ...(text.match(/@\w|#\d|GH-\d|https?:\/\/evil|(?!\n)[\p{Cc}\p{Bidi_Control}]/gu) ?? []),
    ...(prose.match(/www\.evil|:white_check_mark:/g) ?? [])
  ]
}

function textOf(html: string): string {
  const text = html.replace(/<[^>]*>/g, '')
  return text.replace(/&#x([0-9A-F]+);/gi, (_, code: string) => String.fromCodePoint(Number.parseInt(code, 16)))
}

describe('code scanning', () => {
  test('takes what is uploaded, the most severe first, and the log says how many were left out', () => {
    expect(uploads.map(({ errors }) => errors)).toEqual([[]])
    const [run] = runsOf(uploads[0])
    expect(run?.results).toHaveLength(5000)
    expect(run?.results[0]?.ruleId).toMatch(/^secret\//)
    expect(result.annotations.map(({ message }) => message)).toContainEqual(
      expect.stringMatching(/5\d{3} least severe/)
    )
  })

  test('gets no links, mentions and places of the image’s making', async () => {
    const [run] = runsOf(uploads[0])
    const rules = (run?.tool.driver.rules ?? []).filter(({ id }) => !/pkg\d+$/.test(id))
    expect(rules.length).toBeGreaterThan(VECTORS.length)
    const html = await markdownToHtml(rules.map(({ help }) => help?.markdown ?? '').join('\n\n'))
    expect(problemsOf(html, ['avd.aquasec.com'])).toEqual([])
    const places = (run?.results ?? []).flatMap(({ locations = [] }) => locations)
    const uris = places.map(({ physicalLocation }) => physicalLocation?.artifactLocation?.uri ?? '')
    expect(uris.filter(uri => !/^[\w.!~*'()%/-]+$/.test(uri) || uri.includes('..'))).toEqual([])
  })
})

test('what a secret says is nowhere: not in log, comment, summary, alerts, outputs, nor any file that is left', async () => {
  const left: [string, string][] = []
  for (const folder of [result.folders.temp, result.folders.home, result.folders.workspace, result.folders.files])
    for await (const entry of glob('**/*', { cwd: folder, withFileTypes: true })) {
      if (!entry.isFile()) continue
      const path = join(entry.parentPath, entry.name)
      left.push([path, await readFile(path, 'utf8')])
    }
  expect(left.map(([path]) => path)).toContainEqual(result.outputs['report'])
  left.push(['comment', JSON.stringify(comments)], ['alerts', JSON.stringify(uploads)], ['log', result.log])
  expect(
    left.filter(([, text]) => text.includes(SECRET) || text.includes(SECRET.slice(4, 16))).map(([path]) => path)
  ).toEqual([])
})

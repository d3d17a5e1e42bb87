import { createHash } from 'node:crypto'
import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { programText } from '../../../src/page/client/program.ts'
import type { PageData } from '../../../src/page/data.ts'
import { renderPage } from '../../../src/page/page.ts'
import {
  aFailedImage,
  anImage,
  anOccurrence,
  aScan,
  aSecret,
  aVulnerability,
  runFacts,
  UNSIGNED
} from '../../fixtures/outcome.ts'
import { hostileScene, pageScene } from '../../fixtures/page.ts'

/** What lies between the tags, by a reader that knows no more than how a browser ends such elements. */
function partsOf(page: string): { policy: string; style: string; data: PageData; program: string; rest: string } {
  const take = (pattern: RegExp): string => pattern.exec(page)?.[1] ?? ''
  return {
    policy: take(/http-equiv="Content-Security-Policy" content="([^"]*)"/),
    style: take(/<style>([\s\S]*?)<\/style/i),
    data: JSON.parse(take(/<script type="application\/json" id="data">([\s\S]*?)<\/script/i)),
    program: take(/<script>([\s\S]*?)<\/script/i),
    rest: page.replace(/<(script|style)\b[\s\S]*?<\/\1>/gi, '')
  }
}

const { images, run } = pageScene()
const page = renderPage(images, run)

describe('the content security policy', () => {
  test('allows our script and our style by their hashes, and nothing else', () => {
    const { policy, style, program } = partsOf(page)
    const hash = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`
    expect(policy.split('; ')).toEqual([
      "default-src 'none'",
      `script-src ${hash(program)}`,
      `style-src ${hash(style)}`,
      "base-uri 'none'",
      "form-action 'none'",
      "require-trusted-types-for 'script'",
      "trusted-types 'none'"
    ])
  })

  test('stands before everything that it is about', () => {
    expect(page.indexOf('Content-Security-Policy')).toBeLessThan(page.search(/<(style|script|title)/))
  })

  test('is not broken by handlers or styles in attributes', () => {
    expect(partsOf(page).rest).not.toMatch(/<[^>]* (on\w+|style)=/)
  })

  test('the program is text that no parser of HTML ends early', () => {
    expect(programText()).not.toMatch(/<\/|<!--/)
  })
})

describe('hostile texts', () => {
  test('stay texts: the page has the same elements as with harmless texts', () => {
    const tagsOf = (text?: string) => {
      const { images, run } = hostileScene(text)
      return renderPage(images, run).match(/<[a-z/!][^\s>]*/gi)
    }
    expect(tagsOf()).toEqual(tagsOf('harmless'))
  })

  test('whatever they are, the data arrives and the page ends where it should', () => {
    const text = fc
      .array(fc.oneof(fc.constantFrom('</script>', '<!--', '<script>', '"', '\u2029', ']]>'), fc.string()))
      .map(parts => parts.join(''))
    fc.assert(
      fc.property(text, text, (name, path) => {
        const finding = aVulnerability({ package: `p${name}q`, title: name, occurrences: [anOccurrence({ path })] })
        const html = renderPage([aFailedImage([finding, aSecret({ path })], { name })], runFacts())
        expect(html.match(/<\/?script/gi)).toHaveLength(4)
        expect(partsOf(html).data.rows).toHaveLength(2)
        expect(html.endsWith('</script>\n</body>\n</html>\n')).toBe(true)
      }),
      { numRuns: 60 }
    )
  })

  test('links lead to hosts of advisories and to our own server only', () => {
    const scene = hostileScene()
    for (const html of [page, renderPage(scene.images, scene.run)]) {
      const { data, rest } = partsOf(html)
      const links = [...rest.matchAll(/href="([^"]*)"/g)].map(([, href]) => href ?? '')
      const hosts = [...links, ...data.rows.flatMap(({ url }) => url ?? [])].map(url => new URL(url).host)
      expect([...new Set(hosts)].sort()).toEqual(html === page ? ['avd.aquasec.com', 'github.com'] : ['github.com'])
    }
  })
})

describe('what it says above the table', () => {
  const rest = partsOf(page)
    .rest.replace(/<[^>]*>/g, ' ')
    .replace(/\s+/g, ' ')

  test.each([
    'not signed: the gate failed, and only an image that passes is signed',
    'ghcr.io/acme/app:main sha256:5c5c5c5c5c5c : 2 new, 1 fixed',
    'there is a newer one; a rebuild on today&#39;s debian:12 fixes 2 (1 high and 1 medium)',
    'What to do Revoke 1 secret and keep it out of the build Raise lodash',
    'Raise lodash 4.17.4, 4.17.11 → 4.17.12 fixes 1 critical, new in this change',
    'Nothing to do yet about 1 more: no fix is known.',
    'code scanning : the repository has no code scanning',
    'CVE-2020-0001 in .trivyignore : was in the old base image, until 2026-12-01',
    'Trivy 0.74.0 vulnerability database 3 hours old cosign 3.1.3'
  ])('%s', sentence => {
    expect(rest).toContain(sentence)
  })

  test('severities that have none are marked as such', () => {
    expect(renderPage([anImage()], runFacts())).toContain('<li class="tile critical none">')
  })

  test('an image that was not scanned is not called free of findings', () => {
    const scan = aScan({ result: { complete: false, reason: 'Trivy ran longer than 20 minutes' } })
    const verdict = { result: 'incomplete' as const, reasons: ['linux/amd64 not scanned'] }
    const html = renderPage([anImage({ platforms: [scan], verdict, signing: UNSIGNED })], runFacts())
    expect(html).toContain('No findings in what was scanned, which was not all.')
    expect(html).not.toContain('<ul class="tiles">')
  })

  test('the command that verifies keeps its lines', () => {
    expect(renderPage([anImage()], runFacts())).toContain('\\\n  ghcr.io/acme/app@sha256:')
  })
})

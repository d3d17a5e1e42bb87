import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { markdownToHtml } from '../../../scripts/render-html.ts'
import {
  cell,
  clean,
  cleanEnd,
  code,
  codeLink,
  link,
  plain,
  prose,
  proseWithCode,
  proseWithDigests,
  safeUrl
} from '../../../src/render/escape.ts'

const VECTORS = [
  '@octocat',
  '@org/team',
  'root@host.example',
  'a|b',
  'a\\|b',
  '\\',
  'a`b``c',
  '`',
  'a\nb',
  'a\r\n\r\n# b',
  '</td></tr></table>',
  '<details>',
  '<!--',
  '-->',
  '#1',
  'GH-1',
  'o/r#1',
  'Fixes #1',
  '0123456789abcdef0123456789abcdef01234567',
  'deadbee1',
  '![x](http://x/y.png)',
  '[x](javascript:alert(1))',
  '[x]: https://evil.example/',
  '[^1]',
  'https://evil.example/a?b=c',
  'www.evil.example',
  'mailto:a@b.example',
  ':white_check_mark:',
  '\u202e',
  'a\u202Eb\u2066c\u200Bd\uFEFFe\u00ADf',
  '\uD800x\uDC00',
  '::error::x',
  'x ##[error]y',
  '%0A',
  '$' + '{{ github.token }}',
  '$x$',
  '&lt;b&gt;',
  '&#64;octocat',
  '---',
  '===',
  '- [ ] x',
  '+ x',
  '1. x',
  '1) x',
  '> x',
  '    x',
  '*x* _x_ ~~x~~ **x**',
  '\u0000\u0007\u001B[31mred',
  ''
]
/** Strings of the characters that mean something, mixed with any other. */
const hostile = fc.oneof(
  fc.constantFrom(...VECTORS),
  fc
    .array(fc.constantFrom(...VECTORS, ...'|`\\<>@#[]()!*_~&;:/-+=.1aw \n\t'), { maxLength: 12 })
    .map(parts => parts.join('')),
  fc.string({ unit: 'binary', maxLength: 200 }),
  fc.string({ unit: 'grapheme', maxLength: 200 })
)

const INVISIBLE = /[\p{Cc}\p{Cf}\p{Cs}\p{Default_Ignorable_Code_Point}]/u

/** What a reader sees in a piece of HTML without elements. */
function textOf(html: string): string {
  const names: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&' }
  const decoded = html.replace(/&(?:#x([0-9A-F]+)|(lt|gt|amp));/gi, (_, hex: string | undefined, name: string) =>
    hex === undefined ? (names[name] ?? '') : String.fromCodePoint(Number.parseInt(hex, 16))
  )
  return decoded.replaceAll('\u200B', '')
}

async function cellHtml(escaped: string): Promise<string> {
  const html = await markdownToHtml(`| A | B |\n|---|---|\n| ${escaped} | end |\n`)
  const row =
    /^<table>\n<thead>\n<tr>\n<th>A<\/th>\n<th>B<\/th>\n<\/tr>\n<\/thead>\n<tbody>\n<tr>\n<td>([^\n]*)<\/td>\n<td>end<\/td>\n<\/tr>\n<\/tbody>\n<\/table>$/
  const found = row.exec(html.trim())
  if (found?.[1] === undefined) throw new Error(`not exactly one row of two cells: ${html}`)
  return found[1]
}

describe('a cell of text', () => {
  test('shows any text as it is, in one cell, without an element', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async text => {
        const html = await cellHtml(cell(text))
        expect(html).not.toMatch(/</)
        expect(textOf(html)).toBe(clean(text, 120))
      }),
      { numRuns: 300, examples: VECTORS.map(vector => [vector]) }
    )
  })

  test('has nothing that GitHub turns into a mention, reference or emoji after rendering', () => {
    fc.assert(
      fc.property(hostile, text => {
        const shown = cell(text).replaceAll(/&#(\d+);/g, (_, point: string) => String.fromCodePoint(Number(point)))
        expect(shown).not.toMatch(/@\w|#\d|GH-\d|:\/\/|www\.|:[\w+-]+:|\b(?=[a-f]*\d)[0-9a-f]{7,40}\b/i)
      }),
      { numRuns: 1000, examples: VECTORS.map(vector => [vector]) }
    )
  })
})

describe('a cell of code', () => {
  test('shows any text as it is, in one code element', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async text => {
        const html = await cellHtml(code(text))
        const line = clean(text, 120)
        expect(html).toMatch(line === '' ? /^$/ : /^<code>[^<]*<\/code>$/)
        expect(textOf(html.replace(/<\/?code>/g, ''))).toBe(line)
      }),
      { numRuns: 300, examples: VECTORS.map(vector => [vector]) }
    )
  })

  test('breaks mentions and issue numbers for those who answer by mail', () => {
    fc.assert(
      fc.property(hostile, text => {
        expect(code(text).replaceAll('&#64;', '@').replaceAll('&#8203;', '\u200B')).not.toMatch(
          /(?<![a-z0-9_])@\w|#\d(?!\d*;)|\bGH-\d/i
        )
      }),
      { examples: VECTORS.map(vector => [vector]) }
    )
  })

  test.each([
    '3.0.11-1~deb12u1',
    'srv/app/package.json',
    `ghcr.io/acme/app@sha256:${'13c630c2472d9f4a'.repeat(4)}`,
    'https://github.com/acme/app/.github/workflows/build.yml@refs/heads/main',
    'https://token.actions.githubusercontent.com'
  ])('can be copied: %s', text => expect(code(text, 200)).toBe(`\`${text}\``))

  test('is no link, mention or reference in the HTML of a page', async () => {
    for (const text of ['https://evil.example/', 'www.evil.example', 'see|https://evil.example/ www.evil.example'])
      expect(await cellHtml(code(text))).toMatch(/^<code>[^<]*<\/code>$/)
  })
})

test('prose at the start of a line is one paragraph of text', async () => {
  await fc.assert(
    fc.asyncProperty(hostile, async text => {
      const html = await markdownToHtml(prose(text))
      expect(html).toMatch(clean(text) === '' ? /^$/ : /^<p>[^<]*<\/p>$/)
    }),
    { numRuns: 300, examples: VECTORS.map(vector => [vector]) }
  )
})

describe('prose with code', () => {
  test('has what stands between backticks as code, and a single one as itself', async () => {
    expect(proseWithCode('leave `github-token` out of @acme')).toBe('leave `github-token` out of &#64;&#8203;acme')
    expect(await markdownToHtml(proseWithCode('a ` <b>'))).toBe('<p>a ` &#x3C;b></p>')
  })

  test('whatever it quotes, is one paragraph of text and code', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (one, two) => {
        const html = await markdownToHtml(proseWithCode(`Give ${one} of \`${two}\` more`))
        expect(html.replaceAll(/<\/?code>/g, '')).toMatch(/^<p>[^<]*<\/p>$/)
      }),
      { numRuns: 300, examples: VECTORS.map(vector => [vector, vector]) }
    )
  })
})

describe('prose with digests', () => {
  const DIGEST = `sha256:${'13c630c2472d9f4a'.repeat(4)}`

  test.each([
    [`ghcr.io/acme/app@${DIGEST} failed`, `\`ghcr.io/acme/app@${DIGEST}\` failed`],
    ['127.0.0.1:5000/a@sha256:13c630c2472d: no', '`127.0.0.1:5000/a@sha256:13c630c2472d`: no'],
    [`key SHA256:${'ab'.repeat(32)}`, `\`SHA256:${'ab'.repeat(32)}\``],
    ['`sha256:13c630c2472d` is marked', '`sha256:13c630c2472d` is marked'],
    ['sha256:short and @octocat', '&#64;&#8203;octocat']
  ])('%s', (text, expected) => expect(proseWithDigests(text)).toContain(expected))

  test('whatever it quotes, is one paragraph of text and code', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (one, two) => {
        const html = await markdownToHtml(proseWithDigests(`Give ${one}@sha256:13c630c2472d${two} more`))
        expect(html.replaceAll(/<\/?code>/g, '')).toMatch(/^<p>[^<]*<\/p>$/)
      }),
      { numRuns: 300, examples: VECTORS.map(vector => [vector, vector]) }
    )
  })
})

describe('clean', () => {
  test('leaves one line of visible characters of the length asked for', () => {
    fc.assert(
      fc.property(hostile, fc.integer({ min: 1, max: 50 }), (text, max) => {
        const line = clean(text, max)
        expect(line.length).toBeLessThanOrEqual(max)
        expect(line).not.toMatch(INVISIBLE)
        expect(line).not.toMatch(/^\s|\s$|\s\s|\n/)
        expect(line.isWellFormed()).toBe(true)
      })
    )
  })

  test('keeps the end where that is worth more', () => {
    expect(cleanEnd('srv/app/config/.env', 12)).toBe('…config/.env')
    expect(cleanEnd('srv/.env\u200B', 8)).toBe('srv/.env')
    fc.assert(
      fc.property(hostile, fc.integer({ min: 2, max: 50 }), (text, max) => {
        const line = cleanEnd(text, max)
        expect(line.length).toBeLessThanOrEqual(max)
        expect(line.isWellFormed()).toBe(true)
        expect(clean(text, 1e6).endsWith(line.replace(/^…/, ''))).toBe(true)
      })
    )
  })

  test('plain has no workflow command', () => {
    expect(plain('x ##[error]y\n::error::z')).toBe('x ##_[error]y ::error::z')
    expect(plain('#\u200B#[error]y')).toBe('##_[error]y')
  })
})

describe('link', () => {
  test.each([
    'http://nvd.nist.gov/vuln/detail/CVE-2023-1',
    'https://evil.example/',
    'https://nvd.nist.gov.evil.example/',
    'https://user:pass@nvd.nist.gov/',
    'https://nvd.nist.gov:8443/',
    'https://github.com/acme/app/issues/1',
    'https://github.com/acme/app/pull/1#security/advisories/',
    'javascript:alert(1)',
    'data:text/html,x',
    '//nvd.nist.gov/',
    ''
  ])('%j is not linked to', url => expect(link('text', url)).toBe('text'))

  test.each([
    'https://nvd.nist.gov/vuln/detail/CVE-2023-5678',
    'https://github.com/advisories/GHSA-35jh-r3h4-6jhm',
    'https://github.com/lodash/lodash/security/advisories/GHSA-35jh-r3h4-6jhm'
  ])('%j is', url => expect(link('text', url)).toBe(`[text](<${url}>)`))

  test('our own server is linked to where we say so, and only its origin', () => {
    const own = 'http://127.0.0.1:8080'
    expect(link('run', `${own}/acme/app/actions/runs/1`, own)).toBe(
      '[run](<http://127.0.0.1:8080/acme/app/actions/runs/1>)'
    )
    expect(link('run', 'http://127.0.0.1:8081/x', own)).toBe('run')
  })

  test('code is linked as code, whatever is in it, or stays code', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, async text => {
        const own = 'https://github.com'
        const html = await cellHtml(codeLink(`a${text}`, `${own}/acme/app/blob/abc/Dockerfile#L1`, own))
        expect(html).toMatch(
          /^<a href="https:\/\/github\.com\/acme\/app\/blob\/abc\/Dockerfile#L1"><code>[^<]*<\/code><\/a>$/
        )
        expect(await cellHtml(codeLink(`a${text}`, 'https://evil.example/'))).toMatch(/^<code>[^<]*<\/code>$/)
      }),
      { numRuns: 200, examples: VECTORS.map(vector => [vector]) }
    )
  })

  test('any address stays between the angle brackets and leads to a known host', async () => {
    await fc.assert(
      fc.asyncProperty(hostile, hostile, async (text, path) => {
        const url = `https://nvd.nist.gov/${path}`
        const html = await cellHtml(link(text, url))
        expect(html).toMatch(
          safeUrl(url) === undefined ? /^[^<]*$/ : /^<a href="https:\/\/nvd\.nist\.gov\/[^"]*">[^<]*<\/a>$/
        )
      }),
      { numRuns: 300, examples: VECTORS.map(vector => [vector, vector]) }
    )
  })
})

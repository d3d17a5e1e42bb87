import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { html, scriptJson } from '../../../src/page/html.ts'

/** Texts that are likely to mean something in HTML. */
const hostileText = fc
  .array(
    fc.oneof(fc.constantFrom('<', '>', '&', '"', "'", '`', '</script', '<!--', '\u2028', '\u202E', ' '), fc.string())
  )
  .map(parts => parts.join(''))

describe('html', () => {
  test('escapes texts, joins lists, leaves out what is undefined, and takes markup as it is', () => {
    const inner = html`<b>${'a & b'}</b>`
    expect(html`<p title="${'"x"'}">${inner}${[html`<i>1</i>`, '<2>']}${undefined}${3}</p>`.html).toBe(
      '<p title="&#34;x&#34;"><b>a &#38; b</b><i>1</i>&#60;2&#62;3</p>'
    )
  })

  test('no text ends an element, an attribute or an entity', () => {
    fc.assert(fc.property(hostileText, text => /^[^<>"'`]*$/.test(html`${text}`.html.replace(/&#\d+;/g, ''))))
  })

  test('takes what turns the direction of writing out of texts', () => {
    expect(html`${'a\u202Eb\u0000c'}`.html).toBe('abc')
  })
})

describe('scriptJson', () => {
  test('is the same JSON, and nothing in it can end a script or begin a comment', () => {
    fc.assert(
      fc.property(fc.dictionary(hostileText, hostileText), value => {
        const json = scriptJson(value)
        expect(json).not.toMatch(/[<>&\u2028\u2029]/)
        expect(Object.entries(JSON.parse(json))).toEqual(Object.entries(JSON.parse(JSON.stringify(value))))
      })
    )
  })
})

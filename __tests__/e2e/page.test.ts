import { afterAll, beforeAll, describe, expect, jest, test } from '@jest/globals'
import type { Browser, Page } from 'puppeteer-core'
import { renderPage } from '../../src/page/page.ts'
import { aFailedImage, anImage, imageFindings, runFacts } from '../fixtures/outcome.ts'
import { hostileScene, imageOf, lodash, MARKUP, pageScene } from '../fixtures/page.ts'
import { launchBrowser, type OpenOptions, type OpenPage, openHtml } from './helpers/browser.ts'

jest.setTimeout(60_000)

const scene = pageScene()
const SCENE = renderPage(scene.images, scene.run)
const ALL = [
  'CVE-2019-10744',
  'aws-access-key-id',
  'CVE-2023-45853',
  'CVE-2023-5678',
  'CVE-2023-0464',
  'CVE-2021-44906'
]

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

/** Opens it, lets `look` look, and expects that it complained of nothing and loaded nothing but itself. */
async function within(html: string, options: OpenOptions, look: (opened: OpenPage) => Promise<void>): Promise<void> {
  const opened = await openHtml(browser, html, options)
  try {
    await look(opened)
    expect(opened.complaints).toEqual([])
    expect(new Set(opened.requests.map(url => url.replace(/#.*/, '')))).toEqual(new Set([opened.url]))
  } finally {
    await opened.page.close()
  }
}

/** Texts of all elements that match. */
function textsOf(page: Page, selector: string): Promise<string[]> {
  return page.$$eval(selector, elements => elements.map(element => element.textContent ?? ''))
}

const idsOf = (page: Page): Promise<string[]> => textsOf(page, '#rows .row .name')
const focusedId = (page: Page): Promise<string[]> => textsOf(page, '#rows .row:focus .name')
const hashOf = (page: Page): string => decodeURIComponent(new URL(page.url()).hash)

describe('the page in Chromium', () => {
  test('shows what is open, most urgent first, and leads to the advisories', () =>
    within(SCENE, {}, async ({ page }) => {
      expect(await idsOf(page)).toEqual(ALL)
      expect(await textsOf(page, '#status')).toEqual(['6 shown'])
      expect(await textsOf(page, '[data-list]')).toEqual(['Open 6', 'New 2', 'Fixed 1', 'Accepted 1', 'Remarks 2'])
      expect(await textsOf(page, '.row:nth-child(2) .badge')).toEqual(['fails gate', 'exploited', 'new'])
      const links = await page.$$eval('#rows a', links => links.map(link => [link.getAttribute('href'), link.rel]))
      expect(links[0]).toEqual(['https://avd.aquasec.com/nvd/cve-2019-10744', 'noopener noreferrer'])
    }))

  test('the search narrows, is kept in the address, and Escape clears it', () =>
    within(SCENE, {}, async ({ page }) => {
      await page.keyboard.press('/')
      await page.keyboard.type('openssl x9.42')
      expect(await idsOf(page)).toEqual(['CVE-2023-5678'])
      expect(await textsOf(page, '#status')).toEqual(['1 of 6 shown'])
      expect(hashOf(page)).toBe('#q=openssl+x9.42')
      await page.keyboard.press('Escape')
      expect(await idsOf(page)).toEqual(ALL)
      expect(await page.$eval('#search', field => field.value)).toBe('')
      expect(hashOf(page)).toBe('')
    }))

  test.each([
    ['[data-severity="1"]', ['CVE-2023-5678']],
    ['[data-toggle=gate]', ['CVE-2019-10744', 'aws-access-key-id']],
    ['[data-toggle=fixable]', ['CVE-2019-10744', 'CVE-2023-5678', 'CVE-2023-0464', 'CVE-2021-44906']],
    ['[data-toggle=exploited]', ['CVE-2019-10744']],
    ['[data-list=new]', ['CVE-2019-10744', 'aws-access-key-id']],
    ['[data-list=fixed]', ['CVE-2023-7008']],
    ['[data-list=accepted]', ['CVE-2011-3374']],
    ['[data-list=remark]', ['DS-0002', 'GPL-3.0-only']],
    ['[data-step="2"]', ['CVE-2023-5678', 'CVE-2023-0464']]
  ])('the button %s', (selector, ids) =>
    within(SCENE, {}, async ({ page }) => {
      await page.click(selector)
      expect(await idsOf(page)).toEqual(ids)
      expect(await page.$eval(selector, button => button.getAttribute('aria-pressed'))).toBe('true')
    })
  )

  test('layers, platforms and packages are chosen by name', () =>
    within(SCENE, {}, async ({ page }) => {
      await page.select('#layer', 'Dockerfile:6')
      expect(await idsOf(page)).toEqual(['CVE-2019-10744', 'CVE-2021-44906'])
      await page.type('[data-field=package]', 'mini')
      expect(await idsOf(page)).toEqual(['CVE-2021-44906'])
      await page.click('#clear')
      await page.select('#platform', 'linux/arm64')
      expect(await idsOf(page)).toEqual(ALL)
      expect(hashOf(page)).toBe('#platform=linux/arm64')
    }))

  test('images can be told apart where there are several', () => {
    const worker = aFailedImage([lodash], { name: 'ghcr.io/acme/worker' })
    return within(renderPage([anImage(imageFindings([lodash])), worker], runFacts()), {}, async ({ page }) => {
      expect(await textsOf(page, '.row .kind')).toEqual(['app · npm', 'worker · npm'])
      await page.select('#image', 'ghcr.io/acme/worker')
      expect(await textsOf(page, '.row .kind')).toEqual(['worker · npm'])
    })
  })

  test('columns sort both ways, and say so', () =>
    within(SCENE, {}, async ({ page }) => {
      await page.click('[data-sort=id]')
      expect((await idsOf(page)).slice(0, 2)).toEqual(['aws-access-key-id', 'CVE-2019-10744'])
      await page.click('[data-sort=id]')
      expect((await idsOf(page))[0]).toBe('CVE-2023-45853')
      expect(await page.$eval('th.id', head => head.getAttribute('aria-sort'))).toBe('descending')
    }))

  test('grouped by fix, each group under its heading with its number', () =>
    within(SCENE, {}, async ({ page }) => {
      await page.click('[data-toggle=grouped]')
      expect(await textsOf(page, 'tr.group')).toEqual([
        'Revoke 1 secret and keep it out of the build1',
        'Raise lodash 4.17.4, 4.17.11 → 4.17.121',
        "Rebuild on today's debian:122",
        'Raise minimist 1.2.5 → 1.2.61',
        'Nothing to do yet1'
      ])
    }))

  test('the keyboard moves over the rows, opens one, goes on within the details, and comes back', () =>
    within(SCENE, {}, async ({ page }) => {
      await page.keyboard.press('j')
      await page.keyboard.press('ArrowDown')
      expect(await focusedId(page)).toEqual(['aws-access-key-id'])
      await page.keyboard.press('k')
      await page.keyboard.press('Enter')
      expect(await textsOf(page, 'dialog[open] .places code')).toEqual([
        'srv/app/node_modules/lodash/package.json',
        'srv/app/node_modules/@acme/ui/node_modules/lodash/package.json'
      ])
      await page.keyboard.press('j')
      await page.keyboard.press('j')
      expect(await textsOf(page, 'dialog[open] .title')).toEqual([
        'zlib: integer overflow and resultant heap-based buffer overflow in zipOpenNewFileInZip4_6'
      ])
      await page.keyboard.press('Escape')
      await page.waitForSelector('.row:focus')
      expect(await focusedId(page)).toEqual(['CVE-2023-45853'])
      expect(await textsOf(page, 'dialog[open]')).toEqual([])
      await page.keyboard.press('End')
      expect(await focusedId(page)).toEqual(['CVE-2021-44906'])
    }))

  test('a click opens the details: who accepted it, why and until when', () =>
    within(SCENE, { hash: '#list=accepted' }, async ({ page }) => {
      await page.click('.row .where')
      const facts = await textsOf(page, 'dialog[open] dl > *')
      expect(facts.join('|')).toContain(
        'Accepted|apt-key is not in the image|Accepted in|.trivyignore.yaml|Expires|2026-12-01'
      )
      await page.click('dialog .close')
      expect(await textsOf(page, 'dialog[open]')).toEqual([])
    }))

  test('the address brings the view back, at once and when it changes', () =>
    within(SCENE, { hash: '#severity=critical,high&sort=-id&grouped=1&q=cve' }, async ({ page }) => {
      expect(await idsOf(page)).toEqual(['CVE-2019-10744', 'CVE-2023-5678', 'CVE-2023-45853'])
      expect(await page.$eval('#search', field => field.value)).toBe('cve')
      expect(await page.$$eval('.chip[aria-pressed=true]', chips => chips.length)).toBe(2)
      await page.evaluate("location.hash = '#list=new'")
      await page.waitForFunction("document.querySelector('[data-list=new]').getAttribute('aria-pressed') === 'true'")
      expect(await idsOf(page)).toEqual(['CVE-2019-10744', 'aws-access-key-id'])
    }))
})

describe('how it looks', () => {
  test.each([
    ['light', 400],
    ['light', 1200],
    ['dark', 400],
    ['dark', 1200]
  ] as const)('%s, %i px: nothing is wider than the window, texts can be read', (scheme, width) =>
    within(SCENE, { scheme, width }, async ({ page }) => {
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(width)
      const contrasts = await page.$$eval('.severity-mark, .badge, .name, .tile, h1', contrastsOf)
      expect(contrasts.length).toBeGreaterThan(20)
      expect(Math.min(...contrasts)).toBeGreaterThan(4.5)
      const background = await page.evaluate('getComputedStyle(document.body).backgroundColor')
      expect(background).toBe(scheme === 'dark' ? 'rgb(14, 17, 22)' : 'rgb(246, 247, 249)')
    })
  )

  test('on narrow screens the filters unfold', () =>
    within(SCENE, { width: 400 }, async ({ page }) => {
      expect(await page.$eval('.filters', element => element.checkVisibility())).toBe(false)
      await page.click('.unfold')
      await page.click('[data-toggle=exploited]')
      expect(await idsOf(page)).toEqual(['CVE-2019-10744'])
    }))

  test('on paper are all rows, not only those that could be seen', () =>
    within(renderPage([imageOf(300)], runFacts()), {}, async ({ page }) => {
      const seen = (await idsOf(page)).length
      await page.evaluate("dispatchEvent(new Event('beforeprint'))")
      expect(await idsOf(page)).toHaveLength(300)
      await page.evaluate("dispatchEvent(new Event('afterprint'))")
      expect(await idsOf(page)).toHaveLength(seen)
    }))
})

test('what an image says about itself is text and nothing else', () => {
  const { images, run } = hostileScene()
  return within(renderPage(images, run), {}, async ({ page }) => {
    const [name] = await textsOf(page, '.row b')
    expect(name).toBe(`<!--<script>${MARKUP}`)
    expect(await page.$$eval('img, script:not([type])', elements => elements.length)).toBe(1)
    expect(await page.$$eval('#rows a', links => links.length)).toBe(0)
    await page.keyboard.press('j')
    await page.keyboard.press('Enter')
    expect(await textsOf(page, 'dialog .places code')).toEqual([`a/${MARKUP}`])
    expect(await page.$$eval('dialog img, dialog script', elements => elements.length)).toBe(0)
  })
})

test('an image without findings has no empty table', () =>
  within(renderPage([anImage()], runFacts()), {}, async ({ page }) => {
    expect(await page.$eval('.findings', section => section.innerText.trim())).toBe('Findings\n\nNo findings.')
  }))

describe('10,000 rows', () => {
  const many = renderPage([imageOf(10_000)], runFacts())

  test('only those that can be seen are drawn, wherever the reader scrolls to', () =>
    within(many, {}, async ({ page }) => {
      const count = (): Promise<number> => page.$$eval('#rows tr', rows => rows.length)
      expect(await textsOf(page, '#status')).toEqual(['10000 shown'])
      expect(await count()).toBeLessThan(100)
      expect(await page.$eval('#table', table => table.getAttribute('aria-rowcount'))).toBe('10001')
      await page.evaluate('scrollTo(0, 300000)')
      await page.waitForFunction(
        "[...document.querySelectorAll('.row')].some(row => row.dataset.item > 5000 && row.getBoundingClientRect().top > 0)"
      )
      expect(await count()).toBeLessThan(100)
      await page.keyboard.press('/')
      await page.keyboard.type('number 9999 ')
      expect(await textsOf(page, '#status')).toEqual(['1 of 10000 shown'])
      const top = await page.$eval('.row', row => row.getBoundingClientRect().top)
      expect(top).toBeGreaterThan(0)
      expect(top).toBeLessThan(900)
    }))

  test('the keyboard reaches the last one', () =>
    within(many, {}, async ({ page }) => {
      await page.keyboard.press('j')
      await page.keyboard.press('End')
      expect(await page.$eval('.row:focus', row => row.getAttribute('aria-rowindex'))).toBe('10001')
      const { top, bottom } = await page.$eval('.row:focus', row => row.getBoundingClientRect().toJSON())
      expect(top).toBeGreaterThan(0)
      expect(bottom).toBeLessThanOrEqual(900)
    }))
})

/** The part of the DOM that is used below. */
interface Shown {
  readonly parentElement: Shown | null
}
declare function getComputedStyle(element: Shown): { readonly color: string; readonly backgroundColor: string }

/** Contrast of each text with what is behind it. Runs in the browser. Formula: https://www.w3.org/TR/WCAG22/#dfn-contrast-ratio */
function contrastsOf(elements: readonly Shown[]): number[] {
  const numbers = (color: string): number[] => (color.match(/[\d.]+/g) ?? []).map(Number)
  const luminance = (color: number[]): number => {
    const [r = 0, g = 0, b = 0] = color.map(value => {
      const part = value / 255
      return part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4
    })
    return 0.2126 * r + 0.7152 * g + 0.0722 * b
  }
  const behind = (element: Shown | null): number[] => {
    if (element === null) return [255, 255, 255]
    const color = numbers(getComputedStyle(element).backgroundColor)
    return color[3] === 0 ? behind(element.parentElement) : color
  }
  return elements.map(element => {
    const text = luminance(numbers(getComputedStyle(element).color))
    const back = luminance(behind(element))
    return (Math.max(text, back) + 0.05) / (Math.min(text, back) + 0.05)
  })
}

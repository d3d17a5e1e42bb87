import { readFile } from 'node:fs/promises'
import { afterAll, beforeAll, expect, test } from '@jest/globals'
import type { Browser } from 'puppeteer-core'
import { launchBrowser, openHtml } from './helpers/browser.ts'
import { stepAnywhere } from './helpers/judgement.ts'
import { freshImage } from './helpers/world.ts'

let browser: Browser
beforeAll(async () => {
  browser = await launchBrowser()
})
afterAll(() => browser.close())

test('the page that a step leaves behind shows what it found and can be searched', async () => {
  const image = await freshImage('vulnerable')
  const { outputs } = await stepAnywhere({ inputs: { image, sign: 'never' } })
  const { page, complaints } = await openHtml(browser, await readFile(outputs['html'] ?? '', 'utf8'))
  const names = () => page.$$eval('#rows .row .name', rows => rows.map(row => row.textContent ?? ''))
  expect(await names()).toEqual(expect.arrayContaining(['CVE-2021-44906', 'aws-access-key-id', 'CVE-2023-45853']))
  await page.type('input[type=search]', 'minimist')
  await page.waitForFunction("document.querySelectorAll('#rows .row').length < 5")
  expect((await names()).sort()).toEqual(['CVE-2020-7598', 'CVE-2021-44906'])
  expect(complaints).toEqual([])
})

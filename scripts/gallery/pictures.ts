import { readFile } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import type { Browser } from 'puppeteer-core'
import { markdownToHtml } from '../render-html.ts'

/** How a text is looked at. */
export interface Look {
  readonly theme: 'light' | 'dark'
  /** Pixels. */
  readonly width: number
}

const MAX_HEIGHT = 1_800
const BACKGROUND = { light: '#ffffff', dark: '#0d1117' } as const

/** Markdown as GitHub shows it, as a page of its own that loads nothing. */
export async function pageOf(markdown: string, theme: Look['theme']): Promise<string> {
  const sheet = createRequire(import.meta.url).resolve(`github-markdown-css/github-markdown-${theme}.css`)
  const css = await readFile(sheet, 'utf8')
  return `<!doctype html><html lang="en"><head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:">
<style>${css}
body { margin: 0; padding: 16px; background: ${BACKGROUND[theme]} }</style></head>
<body><article class="markdown-body">${await markdownToHtml(markdown)}</article></body></html>`
}

/** Takes a picture of a page, as high as it is but not endless. */
export async function takePicture(browser: Browser, html: string, look: Look, file: string): Promise<void> {
  const page = await browser.newPage()
  try {
    await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: look.theme }])
    await page.setViewport({ width: look.width, height: 600, deviceScaleFactor: 1 })
    await page.setContent(html, { waitUntil: 'load' })
    const height = await page.evaluate('document.documentElement.scrollHeight')
    await page.setViewport({ width: look.width, height: Math.min(Number(height), MAX_HEIGHT), deviceScaleFactor: 1 })
    await page.screenshot({ path: file as `${string}.png` })
  } finally {
    await page.close()
  }
}

/** The file of one picture: `compared-light-900.png`. */
export function fileOf(folder: string, name: string, { theme, width }: Look): string {
  return join(folder, `${name}-${theme}-${width}.png`)
}

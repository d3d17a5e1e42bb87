import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { pathToFileURL } from 'node:url'
import { type Browser, launch, type Page } from 'puppeteer-core'
import { temporaryFolder } from '../../../world/folders.ts'
import { findBrowser } from '../../../world/toolchain/browser.ts'

/** Flags for a browser that shows nothing on a screen and speaks to nobody. */
const FLAGS = [
  '--headless=new',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-background-networking',
  '--disable-sync',
  '--no-first-run'
]

/** A headless Chromium; the caller closes it. */
export async function launchBrowser(): Promise<Browser> {
  return launch({ executablePath: await findBrowser(), args: FLAGS, headless: true })
}

/** A page that was opened from a file, as people open an artifact, and everything it complained of or asked for. */
export interface OpenPage {
  readonly page: Page
  /** Errors and warnings of the console, breaches of the content security policy, exceptions. */
  readonly complaints: readonly string[]
  /** Addresses of what it loaded, the file itself first. */
  readonly requests: readonly string[]
  /** `file:` address, without a fragment. */
  readonly url: string
}

/** How a page is opened. */
export interface OpenOptions {
  readonly width?: number
  readonly height?: number
  readonly scheme?: 'light' | 'dark'
  /** With `#`. */
  readonly hash?: string
}

/** Writes the HTML into a file and opens it. */
export async function openHtml(within: Browser, html: string, options: OpenOptions = {}): Promise<OpenPage> {
  const { width = 1200, height = 900, scheme = 'light', hash = '' } = options
  const file = join(await temporaryFolder(), 'page.html')
  await writeFile(file, html)
  const url = pathToFileURL(file).href
  const page = await within.newPage()
  const complaints: string[] = []
  const requests: string[] = []
  page.on('console', message => complaints.push(`${message.type()}: ${message.text()}`))
  page.on('pageerror', error => complaints.push(`exception: ${error instanceof Error ? error.message : String(error)}`))
  page.on('request', request => requests.push(request.url()))
  await page.setViewport({ width, height })
  await page.emulateMediaFeatures([{ name: 'prefers-color-scheme', value: scheme }])
  await page.goto(url + hash)
  return { page, complaints, requests, url }
}

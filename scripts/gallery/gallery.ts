// npm run gallery [NAME …]: everything that people may see, from real runs of the committed dist in a world of its own, as pictures in
// docs/gallery. A name takes the pictures of that variant only.
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { launch } from 'puppeteer-core'
import { messageOf } from '../../src/lib/errors.ts'
import { ROOT } from '../../world/folders.ts'
import { findBrowser } from '../../world/toolchain/browser.ts'
import { say } from '../../world/toolchain/progress.ts'
import { startWorld, type World } from '../../world/world.ts'
import { fileOf, type Look, pageOf, takePicture } from './pictures.ts'
import { createStage } from './stage.ts'
import { VARIANTS, type Variant } from './variants.ts'

const OUT = join(ROOT, 'docs', 'gallery')
/** All of them are looked at; the two that differ most are kept in the repository. */
const LOOKS: readonly Look[] = [
  { theme: 'light', width: 900 },
  { theme: 'dark', width: 400 }
]
const ALL_LOOKS: readonly Look[] = [...LOOKS, { theme: 'light', width: 400 }, { theme: 'dark', width: 900 }]

async function gallery(world: World, folder: string, names: readonly string[]): Promise<void> {
  const chosen = VARIANTS.filter(({ name }) => names.length === 0 || names.includes(name))
  const browser = await launch({
    executablePath: await findBrowser(),
    args: ['--no-sandbox', '--disable-gpu', '--hide-scrollbars', '--disable-background-networking', '--disable-sync']
  })
  const more = join(ROOT, 'demo', 'gallery')
  await mkdir(more, { recursive: true })
  if (names.length === 0) await rm(OUT, { recursive: true, force: true })
  await mkdir(OUT, { recursive: true })
  try {
    for (const variant of chosen) {
      say(variant.title)
      const made = await variant.make(createStage(world, folder))
      for (const look of ALL_LOOKS) {
        const shown = 'html' in made ? made.html : await pageOf(disguised(made.markdown, world), look.theme)
        await takePicture(
          browser,
          disguised(shown, world),
          look,
          fileOf(LOOKS.includes(look) ? OUT : more, variant.name, look)
        )
      }
      if ('markdown' in made) await writeFile(join(more, `${variant.name}.md`), made.markdown)
    }
  } finally {
    await browser.close()
  }
  if (names.length === 0) await writeFile(join(OUT, 'README.md'), indexOf(chosen))
}

/** The addresses of this run would be different in each picture, and mean nothing to a reader. */
function disguised(text: string, world: World): string {
  return text
    .replaceAll(world.registry, 'registry.example.com')
    .replaceAll(world.github.serverUrl, 'https://github.example.com')
    .replace(/acme\/app-[0-9a-f]{6}/g, 'acme/app')
    .replace(/127-0-0-1-\d+-acme-app-[0-9a-f]{6}/g, 'registry-example-com-acme-app')
}

function indexOf(variants: readonly Variant[]): string {
  const sections = variants.map(({ name, title }) => {
    const [wide, narrow] = LOOKS.map(look => fileOf('.', name, look))
    return `## ${title}\n\n![${title}](${wide})\n\n<details><summary>Dark, on a narrow screen</summary>\n\n![${title}, dark and narrow](${narrow})\n\n</details>\n`
  })
  return `# What people see

Made by \`npm run gallery\`: real runs of the committed dist with the real Trivy and cosign over the images in \`world/images\`, comments and summaries rendered as GitHub
shows them. Only the addresses of the registry and the GitHub stand-in are replaced.

${sections.join('\n')}`
}

try {
  const { world, folder, close } = await startWorld()
  try {
    await gallery(world, folder, process.argv.slice(2))
  } finally {
    await close()
  }
} catch (error) {
  say(`The gallery could not be made: ${messageOf(error)}.`)
  process.exitCode = 1
}

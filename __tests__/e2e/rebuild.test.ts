import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals'
import { type Builder, startBuilder } from '../../world/images/builder.ts'
import { contextOf } from '../../world/images/context.ts'
import { type ImageName, pushImage, pushLayout } from '../../world/images/images.ts'
import { mayMount } from '../../world/images/mounts.ts'
import { RECIPES } from '../../world/images/recipes.ts'
import { freshPlace } from './helpers/built-image.ts'
import { resultsOf, stepAnywhere } from './helpers/judgement.ts'
import { platformOf, sibling } from './helpers/registry.ts'
import { freshFolder, freshImage, world } from './helpers/world.ts'

const BUILDER_LIMIT_MS = 600_000
const UNREACHABLE = 'registry.example.com/acme/base:12'

/** Pushes an image of the world as `PLACE:12`. */
async function pushBase(place: string, name: ImageName): Promise<void> {
  const { crane } = world().tools
  await pushImage({
    crane,
    registry: world().registry,
    repository: place.slice(world().registry.length + 1),
    name,
    tag: '12'
  })
}

/** `vulnerable`'s files with another image in the FROM line. */
async function sourceOn(base: string): Promise<string> {
  const folder = await contextOf('vulnerable', join(await freshFolder(), 'checkout'))
  const dockerfile = join(folder, 'Dockerfile')
  await writeFile(dockerfile, (await readFile(dockerfile, 'utf8')).replace(UNREACHABLE, base))
  return folder
}

/** The image for one platform alone, without what BuildKit says of how it was built. */
async function withoutProvenance(): Promise<string> {
  const image = await freshImage('vulnerable')
  return sibling(image, (await platformOf(image, 'linux/amd64')).digest)
}

/** What a step says of a rebuild, and its summary. */
async function advised(image: string, workspace: string) {
  const inputs = { image, sign: 'never', 'rebuild-advice': 'true', 'fail-on': 'none', 'fail-on-secret': 'none' }
  const result = await stepAnywhere({ workspace, inputs })
  expect(result.exitCode).toBe(0)
  return { rebuild: resultsOf(result)[0]?.rebuild, summary: result.summary }
}

// libc6 three, libssl3 three: images/base-today, images/SOURCES.md.
const FIXED_BY_TODAYS_BASE = 6

describe('with the Dockerfile alone to go by', () => {
  test('what a rebuild on today’s base fixes is counted, and said first', async () => {
    const base = freshPlace()
    await pushBase(base, 'base-today')
    const { rebuild, summary } = await advised(await withoutProvenance(), await sourceOn(`${base}:12`))
    expect(rebuild).toEqual({ state: 'newer', base: `${base}:12`, fixes: FIXED_BY_TODAYS_BASE })
    expect(summary).toContain(`Rebuild on today's \`${base}:12\``)
  })

  test('an image that is on today’s base already is told so', async () => {
    const base = freshPlace()
    await pushBase(base, 'base')
    const { rebuild } = await advised(await withoutProvenance(), await sourceOn(`${base}:12`))
    expect(rebuild).toEqual({ state: 'current', base: `${base}:12` })
  })

  test('a base that is not there any more is one sentence, and the verdict stands', async () => {
    const base = `${freshPlace()}:12`
    const { rebuild } = await advised(await withoutProvenance(), await sourceOn(base))
    expect(rebuild).toMatchObject({ state: 'unknown', reason: expect.stringContaining(base) })
  })
})

// What may mount is a platform of its own in skips.json.
const describeBuilt = mayMount() ? describe : describe.skip

describeBuilt('with the word of the BuildKit that built it', () => {
  let builder: Builder

  beforeAll(async () => {
    builder = await startBuilder()
  }, BUILDER_LIMIT_MS)
  afterAll(() => builder?.close())

  test('the base is known without a Dockerfile, and today’s one is compared with it', async () => {
    const base = freshPlace()
    await pushBase(base, 'base')
    const layout = await builder.buildContext(await sourceOn(`${base}:12`), RECIPES.vulnerable)
    const { tools, registry } = world()
    const image = await pushLayout({
      crane: tools.crane,
      registry,
      repository: freshPlace().slice(registry.length + 1),
      layout
    })
    const nothing = await freshFolder()
    expect((await advised(image, nothing)).rebuild).toEqual({ state: 'current', base: `${base}:12` })

    await pushBase(base, 'base-today')
    expect((await advised(image, nothing)).rebuild).toEqual({
      state: 'newer',
      base: `${base}:12`,
      fixes: FIXED_BY_TODAYS_BASE
    })
  })
})

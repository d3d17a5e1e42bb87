import { cp } from 'node:fs/promises'
import { pathToFileURL } from 'node:url'
import { messageOf } from '../../src/lib/errors.ts'
import { removeFolder } from '../folders.ts'
import { say } from '../toolchain/progress.ts'
import { startBuilder } from './builder.ts'
import { digestOf, IMAGES, layoutOf } from './images.ts'

/**
 * Builds images from their Dockerfiles and replaces their layouts, which others are then built on.
 * @param wanted names of images; the others stay as they are.
 */
async function buildImages(wanted: readonly string[]): Promise<void> {
  const unknown = wanted.filter(name => !IMAGES.some(image => image === name))
  if (unknown.length > 0) throw new Error(`There is no image ${unknown.join(', ')}; there are ${IMAGES.join(', ')}.`)
  const builder = await startBuilder()
  try {
    for (const name of IMAGES) {
      if (!wanted.includes(name)) {
        await builder.takeImage(name)
        continue
      }
      const layout = await builder.buildImage(name)
      await removeFolder(layoutOf(name))
      await cp(layout, layoutOf(name), { recursive: true })
      say(`${name} ${await digestOf(name)}`)
    }
  } finally {
    await builder.close()
  }
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  try {
    const names = process.argv.slice(2)
    await buildImages(names.length === 0 ? IMAGES : names)
  } catch (error) {
    say(messageOf(error))
    process.exitCode = 1
  }
}

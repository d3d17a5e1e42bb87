import { createHash } from 'node:crypto'
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals'
import { OCI_INDEX, OCI_MANIFEST } from '../../../src/image/descriptor.ts'
import { createLayoutView, openLayout } from '../../../src/image/layout.ts'
import { UserError } from '../../../src/lib/errors.ts'

let root: string
let path: string
beforeEach(async () => {
  root = await mkdtemp(join(tmpdir(), 'layout-'))
  path = join(root, 'image')
  await mkdir(join(path, 'blobs', 'sha256'), { recursive: true })
})
afterEach(() => rm(root, { recursive: true }))

async function put(content: object, mediaType: string) {
  const bytes = Buffer.from(JSON.stringify(content))
  const hex = createHash('sha256').update(bytes).digest('hex')
  await writeFile(join(path, 'blobs', 'sha256', hex), bytes)
  return { mediaType, digest: `sha256:${hex}`, size: bytes.length }
}

async function image(architecture: string, mediaType: object = { mediaType: OCI_MANIFEST }) {
  const config = await put({ os: 'linux', architecture }, 'application/vnd.oci.image.config.v1+json')
  const descriptor = await put({ schemaVersion: 2, ...mediaType, config, layers: [] }, OCI_MANIFEST)
  return { ...descriptor, platform: { os: 'linux', architecture } }
}

const list = (...manifests: object[]) =>
  writeFile(join(path, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests }))
const fileOf = (digest: string) => join(path, 'blobs', ...digest.split(':'))

describe('openLayout', () => {
  test('opens one image, also under two names and without a media type', async () => {
    const only = await image('arm64', {})
    await list(only, { ...only, annotations: { 'org.opencontainers.image.ref.name': 'v1' } })
    const opened = await openLayout(path)
    expect(opened).toMatchObject({ kind: 'manifest', problems: [], reference: { digest: only.digest } })
    expect(opened.platforms).toEqual([{ platform: 'linux/arm64', digest: only.digest }])
  })

  test('opens an index of platforms', async () => {
    const children = [await image('amd64'), await image('arm64')]
    await list(await put({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: children }, OCI_INDEX))
    expect((await openLayout(path)).platforms.map(({ platform }) => platform)).toEqual(['linux/amd64', 'linux/arm64'])
  })

  test('refuses what is no layout, holds nothing or several images', async () => {
    await expect(openLayout(path)).rejects.toThrow('is not an OCI layout')
    await list()
    await expect(openLayout(path)).rejects.toThrow('holds 0 images; it must hold one')
    await list(await image('amd64'), await image('arm64'))
    await expect(openLayout(path)).rejects.toThrow('holds 2 images; it must hold one')
  })

  test('refuses a blob that is missing or has other bytes, and a digest that is a path', async () => {
    const { digest } = await image('amd64')
    await list({ mediaType: OCI_MANIFEST, digest, size: 1 })
    await writeFile(fileOf(digest), '{}')
    await expect(openLayout(path)).rejects.toThrow(`${digest} of the OCI layout ${path} has other bytes`)
    await rm(fileOf(digest))
    await expect(openLayout(path)).rejects.toThrow(UserError)
    await list({ mediaType: OCI_MANIFEST, digest: 'sha256:../../../index.json', size: 1 })
    await expect(openLayout(path)).rejects.toThrow('no SHA-256 digest')
  })
})

test('createLayoutView shows one platform of an index, without a copy of its blobs', async () => {
  const children = [await image('amd64'), await image('arm64')]
  const index = await put({ schemaVersion: 2, mediaType: OCI_INDEX, manifests: children }, OCI_INDEX)
  await list(index)
  const digest = children[1]?.digest ?? ''
  const view = join(root, 'view')
  await mkdir(view)
  expect(await createLayoutView(path, digest, view)).toBe(view)
  expect((await openLayout(view)).platforms).toEqual([{ platform: 'linux/arm64', digest }])
  expect(JSON.parse(await readFile(join(view, 'oci-layout'), 'utf8'))).toEqual({ imageLayoutVersion: '1.0.0' })
})

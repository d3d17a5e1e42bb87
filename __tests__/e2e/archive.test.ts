import { copyFile, readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { expect, test } from '@jest/globals'
import { githubState } from './helpers/github.ts'
import { runsOf, stepAnywhere } from './helpers/judgement.ts'
import { platformOf, sibling } from './helpers/registry.ts'
import { crane, freshFolder, freshImage } from './helpers/world.ts'

const DOCKERFILE = join(import.meta.dirname, '../../world/images/vulnerable/Dockerfile')

/** A workspace with the image `vulnerable` as `docker save` would write it, and with its Dockerfile. */
async function savedWorkspace(): Promise<string> {
  const workspace = await freshFolder()
  const image = await freshImage('vulnerable')
  const { digest } = await platformOf(image, 'linux/amd64')
  await crane('pull', '--format', 'tarball', sibling(image, digest), join(workspace, 'shop.tar'))
  await copyFile(DOCKERFILE, join(workspace, 'Dockerfile'))
  return workspace
}

test('findings of a saved image stand at the lines of the Dockerfile that brought them in', async () => {
  const workspace = await savedWorkspace()
  const inputs = { image: 'docker-archive:shop.tar', name: 'ghcr.io/acme/shop', 'fail-on-secret': 'none' }
  const { repository, outputs, summary, log } = await stepAnywhere({ event: 'pull_request', workspace, inputs })

  const { uploads } = await githubState(repository)
  const [run] = runsOf(uploads[0])
  const lines = new Map(
    run?.results.map(({ ruleId, locations }) => {
      const place = locations?.[0]?.physicalLocation
      return [ruleId?.split('/').at(-1), `${place?.artifactLocation?.uri}:${place?.region?.startLine}`]
    })
  )
  const text = (await readFile(DOCKERFILE, 'utf8')).split('\n')
  const lineOf = (start: string) => `Dockerfile:${text.findIndex(line => line.startsWith(start)) + 1}`
  expect(lines.get('libc6')).toBe(lineOf('FROM'))
  expect(lines.get('curl')).toBe(lineOf('RUN'))
  expect(lines.get('minimist')).toBe(lineOf('COPY node_modules/'))
  expect(new Set([...lines.values()].map(place => place.split(':')[0]))).toEqual(new Set(['Dockerfile']))

  const told = [
    summary,
    log,
    JSON.stringify(outputs),
    ...(await Promise.all([outputs['report'], outputs['html']].map(read)))
  ]
  for (const one of told) expect(one).not.toMatch(/# buildkit|created_?by/i)
})

function read(path = ''): Promise<string> {
  return readFile(path, 'utf8')
}

import { describe, expect, test } from '@jest/globals'
import { collectImages } from '../../../src/flows/verify/asked.ts'
import { nameOf } from '../../../src/image/reference.ts'
import type { SettingOptions } from '../../fixtures/setting.ts'
import { aVerifySetting } from '../../fixtures/verify-setting.ts'

const DIGEST = `sha256:${'ab'.repeat(32)}`

async function asked(inputs: Record<string, string>, files: SettingOptions['files'] = {}) {
  await using test = await aVerifySetting({ inputs, files })
  return await collectImages(test.setting)
}

/** `name line,line` of each image, with its problem where it is not known. */
async function ofDockerfile(text: string, image = ''): Promise<string[]> {
  const { images } = await asked({ dockerfile: 'docker/Dockerfile', image }, { 'docker/Dockerfile': text })
  return images.map(one => {
    const name = 'reference' in one ? nameOf(one.reference) : `${one.text} (${one.problem})`
    return [name, one.lines.map(({ file, line }) => `${file}:${line}`).join(',')].join(' ').trim()
  })
}

describe('image', () => {
  test('keeps its order, and what is the same is looked at once', async () => {
    const { images } = await asked({ image: 'ghcr.io/acme/b, mongo\ndocker.io/library/mongo,ghcr.io/acme/a:1' })
    expect(images.map(({ text }) => text)).toEqual(['ghcr.io/acme/b', 'mongo', 'ghcr.io/acme/a:1'])
  })

  test.each([
    ['mongo', 'docker.io/library/mongo'],
    ['mongo:8', 'docker.io/library/mongo'],
    ['user/app:tag', 'docker.io/user/app'],
    ['docker.io/mongo', 'docker.io/library/mongo'],
    ['docker.io/library/mongo', 'docker.io/library/mongo'],
    ['index.docker.io/user/app', 'docker.io/user/app'],
    ['localhost/app', 'localhost/app'],
    ['localhost:5000/app', 'localhost:5000/app']
  ])('%s means what docker means by it', async (image, name) => {
    const { images } = await asked({ image })
    expect(images.map(one => 'reference' in one && nameOf(one.reference))).toEqual([name])
  })
})

describe('dockerfile', () => {
  test('gives each image once, with all of its lines, behind those of image', async () => {
    const text = 'FROM debian AS a\nFROM ghcr.io/acme/base:1\nFROM docker.io/library/debian\nFROM a\nFROM scratch'
    expect(await ofDockerfile(text, 'ghcr.io/acme/base:1')).toEqual([
      'ghcr.io/acme/base docker/Dockerfile:2',
      'docker.io/library/debian docker/Dockerfile:1,docker/Dockerfile:3'
    ])
  })

  test('leaves out none that is not known', async () => {
    expect(await ofDockerfile('ARG TAG\nFROM debian:$TAG\nFROM Upper\nFROM a:$TAG')).toEqual([
      'debian:$TAG (FROM names an image that nobody can look up: ARG TAG has no default, so only the build knows; give it one: ARG TAG=…) docker/Dockerfile:2',
      'Upper (FROM names an image that nobody can look up: "Upper" has upper-case letters in the repository; registries allow lower case only: upper) docker/Dockerfile:3',
      'a:$TAG (FROM names an image that nobody can look up: ARG TAG has no default, so only the build knows; give it one: ARG TAG=…) docker/Dockerfile:4'
    ])
  })

  test('a tag beside a digest counts only if image says both', async () => {
    const both = `debian:12@${DIGEST}`
    const only = await asked({ dockerfile: 'D' }, { D: `FROM ${both}` })
    const with_ = await asked({ dockerfile: 'D', image: both }, { D: `FROM ${both}` })
    expect([only, with_].map(({ images }) => images.map(one => 'tagCounts' in one && one.tagCounts))).toEqual([
      [false],
      [true]
    ])
  })

  test('that leaves something to the build is said', async () => {
    const { images, notes } = await asked(
      { dockerfile: 'D' },
      { D: '# syntax = docker/dockerfile:1\nARG V=1\nFROM a:$V\nFROM b-$TARGETARCH' }
    )
    expect(images.map(one => 'notes' in one && one.notes)).toEqual([
      ['ARG V has its default here; a build with --build-arg pulls another image'],
      ['its name depends on the platform; linux/amd64 and linux/arm64 were looked at'],
      ['its name depends on the platform; linux/amd64 and linux/arm64 were looked at']
    ])
    expect(notes).toEqual([
      "D is read by the frontend docker/dockerfile:1, an image of Docker's that docker pulls as well; name it in image to have it verified"
    ])
  })

  test.each(['# syntax=acme/frontend', '//syntax=acme/frontend:2', '# syntax=docker.io/acme/frontend@'.concat(DIGEST)])(
    'is read by a frontend, which is an image like any other: %s',
    async line => {
      expect(await ofDockerfile(`${line}\nFROM debian`)).toEqual([
        'docker.io/acme/frontend docker/Dockerfile:1',
        'docker.io/library/debian docker/Dockerfile:2'
      ])
    }
  )

  test('is read by a frontend that nobody knows', async () => {
    const [frontend] = await ofDockerfile('# syntax=Acme/Frontend\nFROM debian')
    expect(frontend).toContain('# syntax names an image that nobody can look up')
  })

  test.each([
    [{}, 'dockerfile names D, which is not in the workspace'],
    [{ D: 'RUN true' }, 'dockerfile names D, which is no Dockerfile that can be read']
  ])('that cannot be read is an error', async (files, message) => {
    await expect(asked({ dockerfile: 'D' }, files)).rejects.toThrow(message)
  })
})

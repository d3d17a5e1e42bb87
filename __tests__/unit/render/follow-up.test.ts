import { describe, expect, test } from '@jest/globals'
import fc from 'fast-check'
import { categoryOf } from '../../../src/render/category.ts'
import { type EarlierUploads, followUp, needsEarlierUploads } from '../../../src/render/follow-up.ts'
import type { JudgedImage } from '../../../src/render/outcome.ts'
import { anImage, aScan } from '../../fixtures/outcome.ts'

const OURS = { workflowFile: 'release.yml', job: 'image' }
const FRONT = 'imgguard/release.yml/image/ghcr.io/acme/app'

/** A complete image of these platforms. */
function imageOf(platforms: readonly string[], overrides: Partial<JudgedImage> = {}): JudgedImage {
  return anImage({
    platforms: platforms.map(platform => aScan({ platform })),
    platformsLeftOut: [],
    ...overrides
  })
}

/** An image in which nothing is recognised. */
function emptyImage(overrides: Partial<JudgedImage> = {}): JudgedImage {
  const nothing = aScan({ result: { complete: true, report: { packages: {}, findings: [] } } })
  return anImage({ platforms: [nothing], ...overrides })
}

/** Earlier uploads from `category results`, newest first. */
function earlier(...uploads: readonly string[]): EarlierUploads {
  const analyses = uploads.map(upload => {
    const [category = '', results] = upload.split(' ')
    return { category, results: Number(results) }
  })
  return { analyses, all: true }
}

const decide = (images: readonly JudgedImage[], before: EarlierUploads) =>
  followUp(images, before, (name, platform) => categoryOf(OURS, name, platform))

const goneOf = (images: readonly JudgedImage[], before: EarlierUploads) =>
  decide(images, before).gone.map(({ category }) => category)

describe('a platform in which nothing is recognised', () => {
  const emptyAfter = (...uploads: readonly string[]) => [...decide([emptyImage()], earlier(...uploads)).empty]

  test('may be uploaded when nothing was before, or nothing was found last', () => {
    expect(emptyAfter()).toEqual([`${FRONT}/linux-amd64/`])
    expect(emptyAfter(`${FRONT}/linux-amd64 0`, `${FRONT}/linux-amd64 3`)).toEqual([`${FRONT}/linux-amd64/`])
    expect(emptyAfter(`${FRONT}/linux-arm64 3`)).toEqual([`${FRONT}/linux-amd64/`])
  })

  test('is left alone when the last upload had results, or when that may be too long ago to be told', () => {
    expect(emptyAfter(`${FRONT}/linux-amd64 1`, `${FRONT}/linux-amd64 0`)).toEqual([])
    expect(decide([emptyImage()], { analyses: [], all: false }).empty.size).toBe(0)
    const known = { ...earlier(`${FRONT}/linux-amd64 0`), all: false }
    expect(decide([emptyImage()], known).empty.size).toBe(1)
  })

  test('is no matter of one that was recognised, or not wholly scanned', () => {
    const broken = aScan({ result: { complete: false, reason: 'killed' } })
    expect(decide([anImage(), anImage({ platforms: [broken] })], earlier()).empty.size).toBe(0)
  })
})

describe('a platform that is gone', () => {
  const BOTH = ['linux/amd64', 'linux/arm64']

  test('is closed once, when its last upload had results', () => {
    const image = imageOf(BOTH)
    const before = earlier(`${FRONT}/linux-arm-v7 2`, `${FRONT}/linux-amd64 5`, `${FRONT}/linux-s390x 0`)
    expect(decide([image], before).gone).toEqual([
      { category: `${FRONT}/linux-arm-v7/`, imageName: 'ghcr.io/acme/app', platform: 'linux-arm-v7' }
    ])
    expect(goneOf([image], earlier(`${FRONT}/linux-arm-v7 0`, `${FRONT}/linux-arm-v7 2`))).toEqual([])
  })

  test('is not one that `platforms` leaves out, or that another image of the name has', () => {
    const before = earlier(`${FRONT}/linux-arm-v7 2`, `${FRONT}/linux-s390x 2`)
    expect(goneOf([imageOf(['linux/amd64'], { platformsLeftOut: ['linux/arm/v7'] })], before)).toEqual([
      `${FRONT}/linux-s390x/`
    ])
    expect(goneOf([imageOf(BOTH), imageOf(['linux/arm/v7', 'linux/s390x'])], before)).toEqual([])
  })

  test('is not of another image, job, workflow or category', () => {
    const others = [
      `${FRONT}-worker/linux-arm-v7 2`,
      `${FRONT}/worker/linux-arm-v7 2`,
      'imgguard/release.yml/image/ghcr.io/acme/linux-arm-v7 2',
      'imgguard/release.yml/nightly/ghcr.io/acme/app/linux-arm-v7 2',
      'imgguard/ci.yml/image/ghcr.io/acme/app/linux-arm-v7 2',
      `x/${FRONT}/linux-arm-v7 2`,
      `${FRONT} 2`,
      ' 2'
    ]
    expect(goneOf([imageOf(BOTH)], earlier(...others))).toEqual([])
  })

  test.each<[string, JudgedImage[]]>([
    ['an image of one platform, as legs of a matrix push it', [imageOf(['linux/amd64'])]],
    ['one beside another image of the name', [imageOf(['linux/amd64']), imageOf(BOTH)]],
    ['an incomplete image', [imageOf(BOTH, { verdict: { result: 'incomplete', reasons: ['killed'] } })]]
  ])('cannot be told by %s', (_, images) => {
    expect(goneOf(images, earlier(`${FRONT}/linux-s390x 2`))).toEqual([])
  })

  test('is found for each image by itself', () => {
    const worker = imageOf(BOTH, { name: 'ghcr.io/acme/worker' })
    const before = earlier('imgguard/release.yml/image/ghcr.io/acme/worker/linux-s390x 1', `${FRONT}/linux-s390x 1`)
    expect(goneOf([imageOf(['linux/amd64']), worker], before)).toEqual([
      'imgguard/release.yml/image/ghcr.io/acme/worker/linux-s390x/'
    ])
  })

  test('is never one that the image has, whatever the names', () => {
    const word = fc.string({ minLength: 1, maxLength: 12 })
    fc.assert(
      fc.property(word, fc.uniqueArray(word, { minLength: 2 }), fc.array(word), (name, has, had) => {
        const image = imageOf(has, { name })
        const categories = [...has, ...had].map(platform => categoryOf(OURS, name, platform))
        const before = earlier(...categories.map(category => `${category.slice(0, -1)} 1`))
        const present = new Set(has.map(platform => categoryOf(OURS, name, platform)))
        expect(new Set(goneOf([image], before))).toEqual(new Set(categories.filter(one => !present.has(one))))
      })
    )
  })
})

test('nobody is asked for a single image that was recognised', () => {
  expect(needsEarlierUploads([anImage(), imageOf(['linux/amd64'])])).toBe(false)
  expect(needsEarlierUploads([anImage(), emptyImage()])).toBe(true)
  expect(needsEarlierUploads([imageOf(['linux/amd64', 'linux/arm64'])])).toBe(true)
  expect(needsEarlierUploads([imageOf(['linux/amd64'], { platformsLeftOut: ['linux/arm64'] })])).toBe(true)
})

import { expect, test } from '@jest/globals'
import { normalizedPlatform, selectPlatforms } from '../../../src/image/platforms.ts'

/** Names in a group are one platform for containerd 2's `platforms.Normalize`, names of two groups are not. */
const GROUPS = [
  ['linux/amd64', 'linux/x86_64', 'linux/x86-64', 'linux/amd64/v1', 'linux/x86_64/v1'],
  ['linux/amd64/v2', 'linux/x86_64/v2'],
  ['linux/386', 'linux/i386', 'linux/i386/v1'],
  ['linux/arm64', 'linux/aarch64', 'linux/arm64/v8', 'linux/arm64/8', 'linux/arm64/v8.0', 'linux/aarch64/v8'],
  ['linux/arm64/v9', 'linux/arm64/9', 'linux/arm64/9.0', 'linux/arm64/v9.0'],
  ['linux/arm', 'linux/arm/v7', 'linux/arm/7', 'linux/armhf', 'linux/armhf/v5'],
  ['linux/arm/v6', 'linux/arm/6', 'linux/armel'],
  ['linux/arm/v5', 'linux/arm/5'],
  ['darwin/arm64', 'macos/arm64'],
  ['windows/amd64', 'windows/x86_64'],
  ['windows(10.0.1)/amd64'],
  ['linux/constructor']
]

test.each(GROUPS.map(group => [group]))('%j are one platform', group => {
  expect(group.map(normalizedPlatform)).toEqual(group.map(() => group[0]?.replace(/^linux\/arm$/, 'linux/arm/v7')))
})

test('different platforms stay different', () => {
  expect(new Set(GROUPS.flat().map(normalizedPlatform)).size).toBe(GROUPS.length)
})

test('a platform is found by each of its names, and told by the one that was given', () => {
  const platforms = ['linux/arm', 'windows(10.0.1)/amd64'].map((platform, index) => ({ platform, digest: `${index}` }))
  const opened = { platforms, problems: [] }
  expect(selectPlatforms(opened, ['linux/arm/v7']).selected).toEqual(platforms.slice(0, 1))
  expect(selectPlatforms(opened, ['windows/x86_64']).selected).toEqual(platforms.slice(1))
  expect(() => selectPlatforms(opened, ['linux/armel'])).toThrow('platforms asks for linux/armel, which the image does')
})

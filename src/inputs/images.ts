import { parseDigest, parseReference } from '../image/reference.ts'
import { parseImageSource } from '../image/source.ts'
import { attempt, type Fields, optional, shown } from './fields.ts'
import type { ScanConfig } from './scan-config.ts'

/** `image` and `digest`; problems of `fields` where they cannot be understood or contradict each other. */
export function parseImages(fields: Fields): Pick<ScanConfig, 'images' | 'digest'> {
  const entries = [...new Set(fields.list('image'))]
  if (entries.length === 0)
    fields.reject(
      `image is empty; give the reference that was pushed, such as ghcr.io/acme/app@\${{ steps.build.outputs.digest }}`
    )
  const images = entries.flatMap(entry => attempt(fields, 'image', () => parseImageSource(entry)))
  const given = fields.text('digest')
  const digest = given === undefined ? undefined : attempt(fields, 'digest', () => parseDigest(given))[0]
  for (const image of images) {
    if (digest === undefined || image.kind !== 'registry') continue
    if ((image.reference.digest ?? digest) !== digest)
      fields.reject(`digest is ${digest}, but image has another one: ${image.reference.digest}; remove one of them`)
  }
  if (digest !== undefined && images.some(image => image.kind === 'docker-archive' || image.kind === 'docker-daemon'))
    fields.reject('digest cannot be checked for a docker-archive or docker-daemon image, which has none; remove it')
  return { images, ...optional('digest', digest) }
}

/** `baseline`: `auto`, `none`, or a reference. */
export function parseBaseline(fields: Fields): ScanConfig['baseline'] {
  const given = fields.text('baseline') ?? 'none'
  if (given === 'auto' || given === 'none') return given
  return attempt(fields, 'baseline', () => parseReference(given))[0] ?? 'none'
}

/** `platforms`: `all`, or a list of names. */
export function parsePlatforms(fields: Fields): 'all' | readonly string[] {
  const platforms = fields.list('platforms')
  if (platforms.length === 1 && platforms[0] === 'all') return 'all'
  for (const platform of platforms) {
    if (!/^[a-z0-9]+\/[a-z0-9_]+(\/[a-z0-9]+)?$/.test(platform))
      fields.reject(`platforms has "${shown(platform)}"; it is all, or a list such as linux/amd64,linux/arm64`)
  }
  return platforms
}

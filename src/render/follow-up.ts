import { type PlatformScan, recognisedNothing } from '../report/model.ts'
import { withoutPlatform } from './category.ts'
import type { JudgedImage } from './outcome.ts'

/** What code scanning was told before, on the same ref. */
export interface EarlierUploads {
  /** Newest first; a category has no slash at its end. */
  readonly analyses: readonly { readonly category: string; readonly results: number }[]
  /** False where there may be older ones. */
  readonly all: boolean
}

/** A platform that an image had once. */
export interface GonePlatform {
  /** Ends in `/`. */
  readonly category: string
  readonly imageName: string
  /** As it stands in the category: `linux-arm64`. */
  readonly platform: string
}

/** What is uploaded only because of what was uploaded before. */
export interface FollowUp {
  /** Categories, each with a slash at its end, in which nothing was recognised now and nothing was reported last: no alert can close by accident. */
  readonly empty: ReadonlySet<string>
  /** Platforms whose alerts nobody would close any more. */
  readonly gone: readonly GonePlatform[]
}

type CategoryOf = (imageName: string, platform: string) => string

/** Whether earlier uploads can make a difference; asking for them is a request. */
export function needsEarlierUploads(images: readonly JudgedImage[]): boolean {
  return images.some(image => showsAllPlatforms(image) || image.platforms.some(isUnrecognised))
}

/**
 * What earlier uploads call for: a run for each platform in which nothing is recognised, unless the last one had results, and an empty run for
 * each platform that is gone and whose last one had some. Where the last one is not known, nothing is done.
 *
 * A platform is gone when another image of the same name and category base had it, and none of that name has it now. Only images of at
 * least two platforms can tell: the legs of a matrix often push one platform each under one name, and would close each other's alerts.
 */
export function followUp(
  images: readonly JudgedImage[],
  { analyses, all }: EarlierUploads,
  categoryOf: CategoryOf
): FollowUp {
  // The newest of a category is set last.
  const last = new Map(analyses.toReversed().map(({ category, results }) => [`${category}/`, results]))
  const unrecognised = images.flatMap(({ name, platforms }) =>
    platforms.filter(isUnrecognised).map(({ platform }) => categoryOf(name, platform))
  )
  const unheard = all ? 0 : undefined
  return {
    empty: new Set(unrecognised.filter(category => (last.get(category) ?? unheard) === 0)),
    gone: gonePlatforms(
      images,
      [...last].flatMap(([category, results]) => (results > 0 ? [category] : [])),
      categoryOf
    )
  }
}

/** Nothing at all was recognised by a scan that was complete. */
export function isUnrecognised({ result }: PlatformScan): boolean {
  return result.complete && recognisedNothing(result.report)
}

function gonePlatforms(
  images: readonly JudgedImage[],
  reported: readonly string[],
  categoryOf: CategoryOf
): GonePlatform[] {
  const families = Map.groupBy(images, ({ name }) => withoutPlatform(categoryOf(name, '')))
  return [...families].flatMap(([front, family]) => {
    const [first] = family
    if (first === undefined || !family.every(showsAllPlatforms)) return []
    const present = new Set(family.flatMap(image => platformsOf(image).map(name => categoryOf(image.name, name))))
    return reported
      .filter(category => withoutPlatform(category) === front && !present.has(category))
      .map(category => ({ category, imageName: first.name, platform: category.slice(front.length, -1) }))
  })
}

/** Two platforms at least, and all that there are: an incomplete image may have some that nobody could read. */
function showsAllPlatforms(image: JudgedImage): boolean {
  return image.verdict.result !== 'incomplete' && new Set(platformsOf(image)).size > 1
}

function platformsOf({ platforms, platformsLeftOut }: JudgedImage): string[] {
  return [...platforms.map(({ platform }) => platform), ...platformsLeftOut]
}

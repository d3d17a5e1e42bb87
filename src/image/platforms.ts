import { UserError } from '../lib/errors.ts'
import { type JsonObject, text } from '../lib/json.ts'

/** One image that a runtime can start. */
export interface Platform {
  /** `linux/amd64`, `linux/arm/v7`; for Windows with its build, as containerd writes it: `windows(10.0.20348.3207)/amd64`. */
  readonly platform: string
  /** Of its own manifest. */
  readonly digest: string
}

/**
 * The platform that a config or an index entry names.
 * @returns undefined when the operating system or the architecture is missing, malformed or `unknown`.
 */
export function platformName(value: JsonObject | undefined): string | undefined {
  if (value === undefined) return undefined
  const [os, architecture, variant] = [text(value, 'os'), text(value, 'architecture'), text(value, 'variant')]
  if (![os, architecture].every(word => /^[a-z0-9_.-]{1,64}$/.test(word) && word !== 'unknown')) return undefined
  if (!/^[a-z0-9_.-]{0,64}$/.test(variant)) return undefined
  const version =
    os === 'windows' && /^[0-9.]{1,64}$/.test(text(value, 'os.version')) ? `(${text(value, 'os.version')})` : ''
  // v8 is the only variant of arm64 in use, and some tools leave it out.
  const suffix = variant === '' || (architecture === 'arm64' && variant === 'v8') ? '' : `/${variant}`
  return `${os}${version}/${architecture}${suffix}`
}

/** What containerd makes of an architecture, and of its variant where that goes with the name. */
const ARCHITECTURES: ReadonlyMap<string, readonly [architecture: string, variant?: string]> = new Map([
  ['i386', ['386', '']],
  ['x86_64', ['amd64']],
  ['x86-64', ['amd64']],
  ['aarch64', ['arm64']],
  ['armhf', ['arm', 'v7']],
  ['armel', ['arm', 'v6']]
])
const VARIANTS: ReadonlyMap<string, string> = new Map([
  ['amd64/v1', ''],
  ...['8', 'v8', 'v8.0'].map(variant => [`arm64/${variant}`, ''] as const),
  ...['9', '9.0', 'v9.0'].map(variant => [`arm64/${variant}`, 'v9'] as const),
  ['arm/', 'v7'],
  ...['5', '6', '7', '8'].map(variant => [`arm/${variant}`, `v${variant}`] as const)
])

/**
 * The one name of a platform that has several: for who pulls `linux/amd64`, `linux/x86_64` is as good.
 * Source: containerd/platforms, database.go (normalizeOS, normalizeArch).
 * @param name as `platformName` gives it, or as a person writes it.
 */
export function normalizedPlatform(name: string): string {
  const [os = '', given = '', variant = ''] = name.split('/')
  const [architecture, itsVariant] = ARCHITECTURES.get(given) ?? [given]
  const last = itsVariant ?? VARIANTS.get(`${architecture}/${variant}`) ?? variant
  return [os === 'macos' ? 'darwin' : os, architecture, ...(last === '' ? [] : [last])].join('/')
}

/**
 * Divides the platforms by what the input `platforms` asks for.
 * @param wanted `all`, or names such as `linux/arm64`; a name without a build stands for every build of Windows.
 * @throws UserError, a sentence without full stop, for a platform that the image does not have.
 */
export function selectPlatforms(
  opened: { readonly platforms: readonly Platform[]; readonly problems: readonly string[] },
  wanted: 'all' | readonly string[]
): { readonly selected: readonly Platform[]; readonly leftOut: readonly Platform[] } {
  if (wanted === 'all') return { selected: opened.platforms, leftOut: [] }
  const names = new Set(wanted.map(normalizedPlatform))
  const namesOf = ({ platform }: Platform) => [platform, platform.replace(/\([^)]*\)/, '')].map(normalizedPlatform)
  const all = new Set(opened.platforms.flatMap(namesOf))
  const missing = wanted.find(name => !all.has(normalizedPlatform(name)))
  // With a problem in the index the one that is missing may be there, and broken: that is told as such.
  if (missing !== undefined && opened.problems.length === 0) {
    const present = opened.platforms.map(({ platform }) => platform).join(', ') || 'none'
    throw new UserError(`platforms asks for ${missing}, which the image does not have; it has: ${present}`)
  }
  const isWanted = (platform: Platform) => namesOf(platform).some(name => names.has(name))
  return {
    selected: opened.platforms.filter(isWanted),
    leftOut: opened.platforms.filter(platform => !isWanted(platform))
  }
}

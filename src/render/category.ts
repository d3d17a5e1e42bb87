/** Where a code-scanning category comes from: the input `category`, or else workflow and job. */
export type CategoryBase = { readonly category: string } | { readonly workflowFile: string; readonly job: string }

/**
 * The code-scanning category of one image on one platform, ending in `/` (GitHub takes what follows the last `/` for the run's id):
 * `imgguard/<workflow file>/<job>/<image>/<platform>/`, or `<category>/<image>/<platform>/`.
 *
 * This is a frozen contract: GitHub closes alerts only by an upload to the same category. It holds no tag and no digest.
 * @param base.workflowFile path or name of the workflow's file; of `.github/workflows/release.yml`, `release.yml` counts.
 * @param imageName without tag and digest (`ghcr.io/acme/app`).
 * @param platform `linux/arm64/v8`.
 */
export function categoryOf(base: CategoryBase, imageName: string, platform: string): string {
  const front =
    'category' in base ? [base.category] : ['imgguard', segment(fileName(base.workflowFile)), segment(base.job)]
  return `${[...front, imageName].map(path).concat(segment(platform)).join('/')}/`
}

/** What the categories of one image on all its platforms begin with: such a category without its last step. Ends in `/`. */
export function withoutPlatform(category: string): string {
  return category.replace(/[^/]+\/$/, '')
}

function fileName(path: string): string {
  return path.split('/').at(-1) ?? path
}

function path(text: string): string {
  return text.split('/').filter(Boolean).map(segment).join('/') || '-'
}

/** One step of the category; other characters would have to be encoded in the links that GitHub builds from it. */
function segment(text: string): string {
  return text.replace(/[^A-Za-z0-9._-]+/g, '-') || '-'
}

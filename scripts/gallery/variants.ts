import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ROOT } from '../../world/folders.ts'
import { SHA } from '../../world/runner/payloads.ts'
import type { Run, Stage } from './stage.ts'

/** One picture of the gallery: something that people may see, from a real run. */
export interface Variant {
  readonly name: string
  readonly title: string
  /** Markdown, or a whole HTML page. */
  readonly make: (stage: Stage) => Promise<{ readonly markdown: string } | { readonly html: string }>
}

const dockerfileOf = (image: string) => readFile(join(ROOT, 'world', 'images', image, 'Dockerfile'), 'utf8')

async function comment(stage: Stage, run: Omit<Run, 'event'>): Promise<{ markdown: string }> {
  await stage.step({ event: 'pull_request', ...run })
  return lastComment(stage)
}

async function lastComment(stage: Stage): Promise<{ markdown: string }> {
  const { comments } = await stage.github()
  const [only] = comments
  if (only === undefined || comments.length !== 1)
    throw new Error(`there should be one comment, not ${comments.length}`)
  return { markdown: only.body }
}

/** The image of the index's first platform, without the builder's provenance. */
async function platformOf(stage: Stage, image: string): Promise<string> {
  const { manifests } = JSON.parse(await stage.crane('manifest', image)) as { manifests: { digest: string }[] }
  return `${stage.place}@${manifests[0]?.digest}`
}

/** The vulnerable image as a pull request builds it. */
async function vulnerable(stage: Stage, inputs: Readonly<Record<string, string>> = {}): Promise<Omit<Run, 'event'>> {
  return {
    inputs: { image: await stage.push('vulnerable'), baseline: 'none', ...inputs },
    files: { Dockerfile: await dockerfileOf('vulnerable') }
  }
}

const compared: Variant = {
  name: 'compared',
  title: 'A pull request brings new vulnerabilities and a secret, and fixes others',
  make: async stage => {
    await stage.push('baseline', 'main')
    return comment(stage, await vulnerable(stage, { baseline: 'auto' }))
  }
}

/** Everything that the gallery shows, most important first. */
export const VARIANTS: readonly Variant[] = [
  compared,
  {
    name: 'old-findings-only',
    title: 'Nothing new, but what was there before keeps the image from being signed',
    make: async stage => {
      const image = await stage.push('vulnerable', 'main')
      const [name] = image.split('@')
      const other = await stage.crane(
        'mutate',
        await platformOf(stage, image),
        '--label',
        'rebuilt=1',
        '-t',
        `${name}:pr`
      )
      return comment(stage, {
        ...(await vulnerable(stage, { baseline: 'auto' })),
        inputs: { image: other, comment: 'always' }
      })
    }
  },
  {
    name: 'gate-failed',
    title: 'The gate failed, with nothing to compare with',
    make: async stage => comment(stage, await vulnerable(stage, { baseline: 'auto' }))
  },
  {
    name: 'gate-warns',
    title: 'on-fail: warn',
    make: async stage => comment(stage, await vulnerable(stage, { 'on-fail': 'warn' }))
  },
  {
    name: 'signed-after-merge',
    title: 'A clean image, signed after the merge',
    make: async stage =>
      comment(stage, {
        inputs: { image: await stage.push('clean'), comment: 'always', baseline: 'none', ...(await stage.signing()) },
        files: { Dockerfile: await dockerfileOf('clean') }
      })
  },
  {
    name: 'clean-signed',
    title: 'A clean image, signed on the pull request itself',
    make: async stage =>
      comment(stage, {
        inputs: {
          image: await stage.push('clean'),
          comment: 'always',
          baseline: 'none',
          'sign-on': 'pull_request',
          ...(await stage.signing())
        }
      })
  },
  {
    name: 'resolved',
    title: 'Clean again: the same comment says so',
    make: async stage => {
      await stage.step({ event: 'pull_request', ...(await vulnerable(stage)) })
      return comment(stage, { inputs: { image: await stage.push('clean'), baseline: 'none' } })
    }
  },
  {
    name: 'several-platforms',
    title: 'An index of two platforms',
    make: async stage =>
      comment(stage, {
        inputs: { image: await stage.push('index'), 'fail-on': 'high', baseline: 'none' },
        files: { Dockerfile: await dockerfileOf('index') }
      })
  },
  {
    name: 'several-images',
    title: 'Several images in one step',
    make: async stage =>
      comment(stage, {
        inputs: {
          image: [await stage.push('clean'), await stage.push('index'), await stage.push('vulnerable')].join('\n'),
          baseline: 'none'
        }
      })
  },
  {
    name: 'accepted-by-this-pull-request',
    title: 'The pull request itself accepts a risk; another one ends soon, and one matches nothing',
    make: async stage => {
      const soon = new Date(Date.now() + 6 * 86_400_000).toISOString().slice(0, 10)
      const before = `# waits for the next release of the base\nCVE-2023-45853 exp:${soon}\n# gone since the base was changed\nCVE-2019-0001\n`
      const run = await vulnerable(stage)
      await stage.commit(SHA.base, { '.trivyignore': before })
      const accepted = `${before}# the parser is not reachable\nCVE-2021-44906\n`
      return comment(stage, { ...run, files: { ...run.files, '.trivyignore': accepted } })
    }
  },
  {
    name: 'rebuild-advice',
    title: 'What a rebuild on the base image of today would fix',
    make: async stage => {
      await stage.push('base-today', '12')
      const image = await platformOf(stage, await stage.push('vulnerable'))
      const dockerfile = (await dockerfileOf('vulnerable')).replace(/^FROM \S+/m, `FROM ${stage.place}:12`)
      const inputs = { image, 'rebuild-advice': 'true', baseline: 'none' }
      return comment(stage, { inputs, files: { Dockerfile: dockerfile } })
    }
  },
  {
    name: 'grace-and-known-exploited',
    title: 'Days of grace, and vulnerabilities that are known to be exploited',
    make: async stage => {
      const run = await vulnerable(stage, {
        'known-exploited': 'kev.txt',
        'fail-on': 'high',
        'grace-days': 'high=9000'
      })
      return comment(stage, { ...run, files: { ...run.files, 'kev.txt': 'CVE-2021-44906\n' } })
    }
  },
  {
    name: 'incomplete',
    title: 'A platform could not be scanned',
    make: async stage =>
      comment(stage, {
        inputs: {
          image: await stage.push('index'),
          'db-repositories': '127.0.0.1:1/trivy-db:2',
          baseline: 'none'
        }
      })
  },
  {
    name: 'nothing-recognised',
    title: 'An image in which nothing is recognised is never called clean',
    make: async stage => comment(stage, { inputs: { image: await stage.push('empty'), baseline: 'none' } })
  },
  {
    name: 'end-of-life',
    title: 'An operating system out of support',
    make: async stage => comment(stage, { inputs: { image: await stage.push('eol'), baseline: 'none' } })
  },
  {
    name: 'fork',
    title: 'A pull request from a fork may not comment: the job summary has it all',
    make: async stage => {
      await stage.fail({ method: 'POST', path: 'comments', status: 403 })
      const run = await vulnerable(stage)
      const { summary } = await stage.step({ event: 'pull_request', options: { fork: true }, ...run })
      return { markdown: summary }
    }
  },
  {
    name: 'summary',
    title: 'The job summary',
    make: async stage => {
      await stage.push('baseline', 'main')
      const run = await vulnerable(stage, { baseline: 'auto', scanners: 'vuln, secret, misconfig' })
      return { markdown: (await stage.step({ event: 'pull_request', ...run })).summary }
    }
  },
  {
    name: 'summary-signed',
    title: 'The job summary of an image that was signed',
    make: async stage => {
      const inputs = { image: await stage.push('clean'), ...(await stage.signing()) }
      return { markdown: (await stage.step({ event: 'push', inputs })).summary }
    }
  },
  {
    name: 'issue',
    title: 'The issue of a scheduled run',
    make: async stage => {
      const inputs = { image: await stage.push('vulnerable'), sign: 'never', issue: 'on-failure' }
      await stage.step({ event: 'schedule', inputs })
      const [issue] = (await stage.github()).issues
      if (issue === undefined) throw new Error('there should be an issue')
      return { markdown: `# ${issue.title}\n\n${issue.body}` }
    }
  },
  {
    name: 'page',
    title: 'The page',
    make: async stage => {
      await stage.push('baseline', 'main')
      const run = await vulnerable(stage, { baseline: 'auto' })
      const { outputs } = await stage.step({ event: 'pull_request', ...run })
      return { html: await readFile(outputs['html'] ?? '', 'utf8') }
    }
  }
]

import type { Log } from 'sarif'
import type { Upload } from '../../../world/github/memory.ts'
import { setSettings } from './github.ts'
import { type E2eStep, freshRepository, step } from './world.ts'

/** What a step says of one image in its output `results`: the parts that tests look at. */
export interface ImageResult {
  readonly name: string
  /** As they were given. */
  readonly references: readonly string[]
  readonly verdict: 'pass' | 'fail' | 'incomplete'
  readonly reasons: readonly string[]
  readonly signed: boolean
  readonly signing: { readonly state: string; readonly reason?: string }
  readonly signatureCheck?: { readonly state: string; readonly reason?: string; readonly signer?: string }
  readonly counts: Readonly<Record<'critical' | 'high' | 'medium' | 'low' | 'unknown', number>>
  readonly fixable: number
  readonly suppressed: number
  /** Absent where nobody asked. `fixes`: how many findings. */
  readonly rebuild?: {
    readonly state: string
    readonly base?: string
    readonly fixes?: number
    readonly reason?: string
  }
  readonly failing: readonly { readonly kind: string; readonly id: string; readonly severity: string }[]
  readonly platforms: readonly {
    readonly platform: string
    readonly complete: boolean
    readonly packages: Readonly<Record<string, number>>
  }[]
}

/** The output `results` of a step, in the order of its images. */
export function resultsOf({ outputs }: { readonly outputs: Readonly<Record<string, string>> }): ImageResult[] {
  return JSON.parse(outputs['results'] ?? '[]') as ImageResult[]
}

/** A run of an uploaded SARIF log, with what every run of ours has. */
export type UploadedRun = Log['runs'][number] & { readonly results: NonNullable<Log['runs'][number]['results']> }

/** The runs of an upload, as GitHub's stand-in decoded them; none where there was no upload. */
export function runsOf(upload: Upload | undefined): readonly UploadedRun[] {
  return upload === undefined ? [] : ((upload.sarif as Log).runs as UploadedRun[])
}

/** As `step`, in a repository that GitHub knows and where uploads are processed at once. */
export async function stepIn(repository: string, given: E2eStep = {}) {
  await setSettings(repository, { pendingLooks: 0 })
  return step({ ...given, eventOptions: { ...given.eventOptions, repository } })
}

/** A repository in which GitHub processes uploads at once, and a step in it. */
export async function stepAnywhere(given: E2eStep = {}) {
  const repository = freshRepository()
  return { repository, ...(await stepIn(repository, given)) }
}

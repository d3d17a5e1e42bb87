/**
 * What the page's program is given, as JSON. Texts are cleaned, addresses are checked, everything is bounded.
 * What is empty is absent, since a page may hold 20,000 rows.
 */
export interface PageData {
  /** Most severe first; `severity` of a row counts from the first. */
  readonly severities: readonly string[]
  /** Names of the images. */
  readonly images: readonly string[]
  readonly platforms: readonly string[]
  /** Where things came in: `Dockerfile:6`, or a short layer digest. */
  readonly layers: readonly string[]
  /** Every package once, for the list of proposals. */
  readonly packages: readonly string[]
  /** What is to be done, in order; the last ones are for rows that no step of the plan is about. */
  readonly groups: readonly PageGroup[]
  /** Titles, descriptions and reasons, each once. */
  readonly texts: readonly string[]
  /** Most severe first. */
  readonly rows: readonly PageRow[]
  /** Lists that the page has, with the number of rows that each would have if all were kept. */
  readonly totals: Readonly<Record<PageList, number>>
}

/** `open`: nobody accepted it. `fixed`: only the baseline has it. */
export type PageList = 'open' | 'accepted' | 'fixed' | 'remark'

/** Rows that one step of the fix plan is about. */
export interface PageGroup {
  readonly title: string
  /** True for a step that somebody can take. */
  readonly step: boolean
}

/** One finding, accepted risk or remark. Numbers are places in the lists of PageData. */
export interface PageRow {
  readonly list: PageList
  readonly kind: 'vulnerability' | 'secret' | 'misconfiguration' | 'license'
  readonly severity: number
  readonly image: number
  readonly id: string
  readonly url?: string
  /** Package, path of a secret, or what a remark is about. */
  readonly subject: string
  readonly ecosystem?: string
  /** `4.17.4, 4.17.11 → 4.17.12`. */
  readonly change?: string
  /** In the order of their paths. */
  readonly places: readonly PagePlace[]
  /** How many places were left out. */
  readonly morePlaces?: number
  readonly layers: readonly number[]
  readonly platforms: readonly number[]
  readonly title?: number
  readonly description?: number
  readonly group: number
  readonly published?: string
  readonly fixable?: true
  readonly exploited?: true
  /** It makes the verdict `fail`. */
  readonly gate?: true
  /** Places in `platforms` on which the baseline does not have it. */
  readonly fresh?: readonly number[]
  /** `due in 3 days`. */
  readonly due?: string
  /** Who accepted it, why and until when. */
  readonly accepted?: { readonly reason: number; readonly source: string; readonly expires: string }
}

/** One place where it is. */
export interface PagePlace {
  readonly path?: string
  readonly installed?: string
  readonly fixed?: string
  /** `Dockerfile:6`. */
  readonly source?: string
  /** Digest of the layer. */
  readonly layer?: string
  readonly purl?: string
}

/** What came of telling somebody: each thing that is published ends in one of these, never in an exception. */
export type Published =
  /** `note`: what is not known about it yet, a sentence without a full stop. */
  | { readonly state: 'published'; readonly url?: string; readonly id?: string; readonly note?: string }
  /** Not done, and why; `remedy` is the YAML or the setting that mends it. `chosen`: as somebody wants it, so that nobody need be told. */
  | { readonly state: 'skipped'; readonly reason: string; readonly remedy?: string; readonly chosen?: true }

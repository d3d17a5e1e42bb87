/** What is known of the image that the last stage of another one is built on. */
export interface BaseImage {
  /** As the Dockerfile has it, with its arguments filled in: `debian:12`. */
  readonly from: string
  /** The digest (of an index, mostly) that the builder really took, where its provenance says so. */
  readonly digest?: string
  /** Diff ids of the image's layers that are the base's, in order. Empty where they are not known. */
  readonly layers: readonly string[]
}

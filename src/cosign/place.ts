import { type PinnedReference, parseReference, pin } from '../image/reference.ts'

/** Where signatures are, when not beside the image: `host/repository`. */
interface Place {
  readonly signatureRepository?: string
}

/** The manifest as the repository of its signatures knows it: the same digest, which need not be there itself. */
export function signaturesOf(reference: PinnedReference, { signatureRepository }: Place): PinnedReference {
  return signatureRepository === undefined ? reference : pin(parseReference(signatureRepository), reference.digest)
}

/** The registries that a child has to log in to. */
export function hostsOf(reference: PinnedReference, place: Place): string[] {
  return [reference.registry, signaturesOf(reference, place).registry]
}

/** How cosign is told of it. Source: sigstore/cosign pkg/oci/remote/options.go; `verify` obeys it for bundles since 3.1. */
export function placeEnvironment({ signatureRepository }: Place): Record<string, string> {
  return signatureRepository === undefined ? {} : { COSIGN_REPOSITORY: signatureRepository }
}

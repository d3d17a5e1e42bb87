/** What a signed vulnerability scan is called inside its statement. */
export const VULN = 'https://cosign.sigstore.dev/attestation/vuln/v1'

/** What SLSA provenance is called inside its statement: the only kind of which repository, workflow and ref can be asked. */
export const PROVENANCE = 'https://slsa.dev/provenance/v1'

/** Cosign's short names of predicate types. Source: sigstore/cosign cmd/cosign/cli/options/predicate.go */
const PREDICATE_TYPES: ReadonlyMap<string, string> = new Map([
  ['custom', 'https://cosign.sigstore.dev/attestation/v1'],
  ['cyclonedx', 'https://cyclonedx.org/bom'],
  ['link', 'https://in-toto.io/Link/v1'],
  ['openvex', 'https://openvex.dev/ns'],
  ['slsaprovenance', 'https://slsa.dev/provenance/v0.2'],
  ['slsaprovenance02', 'https://slsa.dev/provenance/v0.2'],
  ['slsaprovenance1', PROVENANCE],
  ['spdx', 'https://spdx.dev/Document'],
  ['spdxjson', 'https://spdx.dev/Document'],
  ['vuln', VULN]
])

/** The short names that mean one thing each; `custom` is whatever somebody likes. */
export const PREDICATE_NAMES: readonly string[] = [...PREDICATE_TYPES.keys()].filter(name => name !== 'custom')

/** The URI of a predicate type that is given by cosign's short name or by its URI. */
export function predicateTypeOf(name: string): string {
  return PREDICATE_TYPES.get(name) ?? name
}

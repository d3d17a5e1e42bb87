import { type AttestedStatement, parseSignatures, parseStatements } from './in-toto.ts'
import type { Question } from './look.ts'
import { parseVerified, SIGNATURE_TYPES, type Verified } from './output.ts'
import { attestationArguments, signatureArguments } from './verify-args.ts'

/** For signatures of a digest, in either format. */
export function signaturesFor(digest: string): Question<readonly Verified[]> {
  return {
    arguments: signatureArguments,
    parse: (printed, { format }) => (format === 'bundle' ? parseSignatures(printed, digest) : parseVerified(printed))
  }
}

/** For what an authority attested, whatever it is: cosign lists the other types when it does not find the one that is asked for. */
export const ATTESTED_TYPES: Question<readonly string[]> = {
  arguments: (where, look, options) => attestationArguments(where, look, SIGNATURE_TYPES.bundle, options),
  parse: () => []
}

/** For statements of one predicate type, a URI, about a digest. */
export function statementsFor(digest: string, type: string): Question<readonly AttestedStatement[]> {
  return {
    arguments: (where, look, options) => attestationArguments(where, look, type, options),
    parse: printed => parseStatements(printed, digest, type),
    long: true
  }
}

import { asArray, asObject, asString, isObject, type JsonObject, text } from '../lib/json.ts'
import { SIGNATURE_TYPES, textsOf, type Verified } from './output.ts'

/** A statement of in-toto as it was signed. */
export interface AttestedStatement {
  readonly predicateType: string
  /** Empty where it is no object: SPDX in its text form is a string, and who asks for it asks only whether it is there. */
  readonly predicate: JsonObject
  /** The bytes that were signed, as base64. */
  readonly payload: string
}

const STATEMENT_TYPES = ['https://in-toto.io/Statement/v0.1', 'https://in-toto.io/Statement/v1']

/**
 * Reads what `cosign verify-attestation` prints: one DSSE envelope with a statement for each line.
 * Formats: https://github.com/secure-systems-lab/dsse/blob/master/envelope.md, https://github.com/in-toto/attestation/tree/main/spec
 * @returns those of the predicate type, about the digest. Cosign has checked both as well.
 * @throws TypeError or SyntaxError on anything that is no statement.
 */
export function parseStatements(printed: string, digest: string, predicateType: string): readonly AttestedStatement[] {
  return statementsIn(printed)
    .filter(
      ({ statement }) => text(statement, 'predicateType') === predicateType && subjectsOf(statement, digest).length > 0
    )
    .map(({ statement, payload }) => {
      const predicate = statement['predicate']
      return { predicateType, predicate: isObject(predicate) ? predicate : {}, payload }
    })
}

/**
 * Reads signatures from the same: in a bundle a signature is a statement of a type of its own, and says its annotations of its subject.
 * Source: sigstore/cosign cmd/cosign/cli/sign/sign.go
 * @returns those of the digest.
 * @throws as `parseStatements` does.
 */
export function parseSignatures(printed: string, digest: string): readonly Verified[] {
  const type = SIGNATURE_TYPES.bundle
  return statementsIn(printed).flatMap(({ statement }) =>
    text(statement, 'predicateType') === type
      ? subjectsOf(statement, digest).map(subject => ({ type, digest, annotations: textsOf(subject['annotations']) }))
      : []
  )
}

function statementsIn(printed: string): { readonly statement: JsonObject; readonly payload: string }[] {
  const lines = printed.split('\n').filter(line => line.trim() !== '')
  return lines.map((line, index) => {
    const payload = asString(asObject(JSON.parse(line), `line ${index}`)['payload'], `line ${index}.payload`)
    const statement = asObject(JSON.parse(Buffer.from(payload, 'base64').toString('utf8')), `statement ${index}`)
    if (!STATEMENT_TYPES.includes(text(statement, '_type')))
      throw new TypeError(`statement ${index} is not an in-toto statement`)
    return { statement, payload }
  })
}

/** What the statement says of a digest. */
function subjectsOf(statement: JsonObject, digest: string): JsonObject[] {
  return asArray(statement['subject'], 'subject').filter((subject): subject is JsonObject => {
    const digests = isObject(subject) ? subject['digest'] : undefined
    return isObject(digests) && `sha256:${text(digests, 'sha256')}` === digest
  })
}

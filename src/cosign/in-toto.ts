import { asArray, asObject, asString, isObject, type JsonObject, text } from '../lib/json.ts'

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
  const lines = printed.split('\n').filter(line => line.trim() !== '')
  return lines.flatMap((line, index) => {
    const payload = asString(asObject(JSON.parse(line), `line ${index}`)['payload'], `line ${index}.payload`)
    const statement = asObject(JSON.parse(Buffer.from(payload, 'base64').toString('utf8')), `statement ${index}`)
    if (!STATEMENT_TYPES.includes(text(statement, '_type')))
      throw new TypeError(`statement ${index} is not an in-toto statement`)
    if (text(statement, 'predicateType') !== predicateType || !isAbout(statement, digest)) return []
    const predicate = statement['predicate']
    return [{ predicateType, predicate: isObject(predicate) ? predicate : {}, payload }]
  })
}

function isAbout(statement: JsonObject, digest: string): boolean {
  return asArray(statement['subject'], 'subject').some(subject => {
    const digests = isObject(subject) ? subject['digest'] : undefined
    return isObject(digests) && `sha256:${text(digests, 'sha256')}` === digest
  })
}

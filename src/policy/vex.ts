import { UserError } from '../lib/errors.ts'
import { isObject, type JsonObject, text } from '../lib/json.ts'

/**
 * The format of a VEX document that the scanner applies to images. Anything else is refused, because it would be passed over in silence, or with an
 * error about its innards: CycloneDX, for example, counts only for SBOMs (Trivy's pkg/vex/document.go).
 * Formats: https://github.com/openvex/spec, https://docs.oasis-open.org/csaf/csaf/v2.0/csaf-v2.0.html
 * @param name of the file, for errors.
 * @throws UserError.
 */
export function recogniseVex(name: string, content: string): 'OpenVEX' | 'CSAF' {
  const document = parse(name, content)
  const context = document['@context']
  if (typeof context === 'string' && context.startsWith('https://openvex.dev/ns')) {
    if (Array.isArray(document['statements'])) return 'OpenVEX'
    throw new UserError(`${name} is OpenVEX without a list of "statements"`)
  }
  if (isObject(document['document']) && 'csaf_version' in document['document']) {
    if (Array.isArray(document['vulnerabilities'])) return 'CSAF'
    throw new UserError(`${name} is CSAF without a list of "vulnerabilities"`)
  }
  const found =
    text(document, 'bomFormat') === 'CycloneDX' ? 'a CycloneDX document, which counts only for SBOMs' : 'something else'
  throw new UserError(
    `${name} is ${found}; vex takes OpenVEX ("@context": "https://openvex.dev/ns/…", "statements") and CSAF ("document", "vulnerabilities")`
  )
}

function parse(name: string, content: string): JsonObject {
  try {
    const document: unknown = JSON.parse(content)
    if (isObject(document)) return document
  } catch {
    // What is wrong with it interests less than that it is the wrong file.
  }
  throw new UserError(`${name} is not a JSON document; vex takes OpenVEX and CSAF files`)
}

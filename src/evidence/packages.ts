import { asArray, type JsonObject } from '../lib/json.ts'
import { describesPackages } from './findings.ts'
import { unlessEmpty } from './pick.ts'
import { type Published, scrubPackage, scrubReport } from './scrub.ts'

/**
 * The report with its packages and without any finding: what an SBOM is made of. What a vulnerability scan found changes from day to day, and
 * what the image is made of does not.
 * @param json Trivy's JSON, made with `--list-all-pkgs`.
 * @throws TypeError for what is no report.
 */
export function scrubPackages(json: unknown, image: Published): JsonObject {
  return scrubReport(json, image, (result, index) => {
    const packages = asArray(result['Packages'], `Results[${index}].Packages`)
    if (!describesPackages(result) && packages.length === 0) return undefined
    return unlessEmpty('Packages', packages.map(scrubPackage))
  })
}

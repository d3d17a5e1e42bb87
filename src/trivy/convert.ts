import { readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { messageOf, ToolError } from '../lib/errors.ts'
import { asObject, type JsonObject } from '../lib/json.ts'
import { CommandError } from '../process/run.ts'
import { convertArguments } from './args.ts'
import { explainTrivy } from './failures.ts'
import type { Trivy } from './trivy.ts'

const TIMEOUT_MS = 2 * 60_000

/** An SBOM, as it stands in a file. */
export interface Sbom {
  /** Absolute path. */
  readonly file: string
  readonly bom: JsonObject
}

/**
 * Makes a CycloneDX SBOM of a report that is there already: no second scan, no network, no credentials. Serial number and time are new each time.
 * Trivy writes CycloneDX 1.7 (aquasecurity/trivy v0.74.0, pkg/sbom/cyclonedx/marshal.go).
 * @param report Trivy's, with packages, scrubbed: every label in it comes into the SBOM.
 * @throws ToolError that says why there is none.
 */
export async function convertToCycloneDx(trivy: Trivy, report: JsonObject): Promise<Sbom> {
  // Trivy applies trivy.yaml and .trivyignore of its working directory when it converts as well.
  const cwd = await trivy.emptyDirectory('trivy-convert')
  const [input, output] = [join(cwd, 'report.json'), join(cwd, 'sbom.cdx.json')]
  await writeFile(input, JSON.stringify(report))
  try {
    const args = convertArguments({ input, output })
    await trivy.run({ file: trivy.file, args, env: trivy.environment(cwd), cwd, timeoutMs: TIMEOUT_MS })
  } catch (error) {
    if (!(error instanceof CommandError)) throw error
    throw new ToolError(`Trivy could not make the SBOM: ${explainTrivy(error).reason}`)
  }
  // Trivy writes an empty list where there was none to convert, and "no vulnerabilities" is not what an SBOM says.
  const { vulnerabilities: _, ...bom } = await readBom(output)
  await writeFile(output, JSON.stringify(bom, null, 2))
  return { file: output, bom }
}

async function readBom(file: string): Promise<JsonObject> {
  try {
    const bom = asObject(JSON.parse(await readFile(file, 'utf8')), 'SBOM')
    if (bom['bomFormat'] !== 'CycloneDX') throw new TypeError('bomFormat: expected "CycloneDX"')
    return bom
  } catch (error) {
    throw new ToolError(`the SBOM that Trivy made cannot be read: ${messageOf(error)}`)
  }
}

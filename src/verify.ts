import { runAction } from './action.ts'
import { verifyImages } from './flows/verify/verify-images.ts'
import { readInputs } from './inputs/read.ts'
import { parseVerifyConfig } from './inputs/verify-config.ts'
import { VERIFY_INPUTS } from './inputs/verify-defaults.ts'
import { publishOutputs } from './publish/outputs.ts'

/** The action verify/: refuses images that nobody whom we trust has signed. Never rejects. */
export function verify(): Promise<void> {
  return runAction({
    readConfig: env => {
      // Whatever ends this step early, a later one that asks reads that nothing is verified.
      publishOutputs({ verified: 'false' })
      return parseVerifyConfig(readInputs(Object.keys(VERIFY_INPUTS), env))
    },
    flow: (config, doors) => verifyImages({ ...doors, config })
  })
}

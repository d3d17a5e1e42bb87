import { runAction } from './action.ts'
import { verifyImages } from './flows/verify/verify-images.ts'
import { readInputs } from './inputs/read.ts'
import { parseVerifyConfig } from './inputs/verify-config.ts'
import { VERIFY_INPUTS } from './inputs/verify-defaults.ts'

/** The action verify/: refuses images that nobody whom we trust has signed. Never rejects. */
export function verify(): Promise<void> {
  return runAction({
    readConfig: env => parseVerifyConfig(readInputs(Object.keys(VERIFY_INPUTS), env)),
    flow: (config, doors) => verifyImages({ ...doors, config })
  })
}

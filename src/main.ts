import { runAction } from './action.ts'
import { scanAndSign } from './flows/scan-and-sign.ts'
import { abilities } from './github/abilities.ts'
import { INPUTS } from './inputs/defaults.ts'
import { readInputs } from './inputs/read.ts'
import { parseScanConfig } from './inputs/scan-config.ts'

/** The main action: scans, judges, signs, tells. Never rejects. */
export function main(): Promise<void> {
  return runAction({
    readConfig: env => parseScanConfig(readInputs(Object.keys(INPUTS), env)),
    flow: (config, doors) => {
      const { sign, signOn, signWith } = config
      const allowed = abilities(doors.context, { sign, signOn, hasKey: signWith !== undefined })
      return scanAndSign({ ...doors, config, abilities: allowed })
    }
  })
}

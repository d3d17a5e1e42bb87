import { describe, expect, test } from '@jest/globals'
import { requiredVersion } from '../../../world/toolchain/tools.ts'

describe('requiredVersion', () => {
  const goMod =
    'module x\n\ngo 1.26.0\n\nrequire example.com/a v1.2.3\n\nrequire (\n\texample.com/b/v2 v2.0.1 // indirect\n)\n'

  test('reads both forms of require', () => {
    expect(requiredVersion(goMod, 'example.com/a')).toBe('1.2.3')
    expect(requiredVersion(goMod, 'example.com/b/v2')).toBe('2.0.1')
  })

  test('says what is missing', () => {
    expect(() => requiredVersion(goMod, 'example.com/b')).toThrow('go.mod does not require example.com/b')
  })
})

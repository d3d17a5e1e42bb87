import type { ImageOutcome } from './outcome.ts'
import { comparedWith } from './select.ts'
import type { View } from './tables.ts'

/** Titles of what a comparison tells. */
export interface ChangeTitles {
  readonly added: string
  readonly fixed: string
  readonly unchanged: string
}

/** What is new, gone or as it was, in words: of a change, or since an earlier scan of the same image. */
export function changeInWords(image: ImageOutcome, view: View): ChangeTitles {
  if (comparedWith(image)?.signedScan) {
    return {
      added: 'New since the signed scan',
      fixed: 'Gone since the signed scan',
      unchanged: 'In the signed scan already'
    }
  }
  const change = view.open ? 'this change' : 'this PR'
  return { added: `New in ${change}`, fixed: `Fixed by ${change}`, unchanged: 'Already in the baseline' }
}

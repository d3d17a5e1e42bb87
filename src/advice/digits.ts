import { compareText } from '../report/order.ts'

/**
 * For sorting decimal numbers of any length, written with or without leading zeros; no digits at all count as 0.
 * Versions hold dates and commit times that are too long for a JavaScript number.
 */
export function compareDigits(a: string, b: string): number {
  const [x, y] = [a, b].map(digits => digits.replace(/^0+/, '')) as [string, string]
  return x.length - y.length || compareText(x, y)
}

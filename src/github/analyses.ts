import { messageOf } from '../lib/errors.ts'

/** What GitHub holds of one run of a SARIF upload that it has processed. */
export interface Analysis {
  /** Without a slash at the end. */
  readonly category: string
  /** How many results the run had. */
  readonly results: number
}

/** What is read of GitHub's schema `code-scanning-analysis`. */
export interface AnalysisData {
  readonly ref: string
  readonly category?: string
  readonly results_count: number
  readonly error: string
  readonly tool: { readonly name?: string }
}

/**
 * The analyses of one tool on one full ref, in the order given. What was asked for is checked, and what GitHub could not process says nothing
 * about alerts.
 */
export function analysesAmong(analyses: readonly AnalysisData[], toolName: string, ref: string): Analysis[] {
  return analyses
    .filter(analysis => analysis.tool.name === toolName && analysis.ref === ref && analysis.error === '')
    .map(({ category = '', results_count: results }) => ({ category: category.replace(/\/+$/, ''), results }))
}

/** GitHub answers 404 in these words where nothing was uploaded yet; every other refusal is thrown again. */
export function noneYet(error: unknown): readonly [] {
  if (/no analysis found/i.test(messageOf(error))) return []
  throw error
}

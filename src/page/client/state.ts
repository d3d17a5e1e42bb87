import type { PageData, PageList } from '../data.ts'
import type { PageDocument, PageElement, PageWindow } from './dom.ts'
import type { PROGRAM } from './program.ts'

/** What the reader has chosen to see. Kept in the address, so that it can be sent to somebody. */
export interface View {
  /** `new`: what is open and not in the baseline. */
  list: PageList | 'new'
  /** Words that must all be there. */
  query: string
  /** Severities, as numbers; empty: all. */
  severities: number[]
  /** Names; empty: all. */
  image: string
  platform: string
  layer: string
  /** Part of the package's name. */
  package: string
  fixable: boolean
  exploited: boolean
  /** Only what fails the gate. */
  gate: boolean
  /** Place of a step of the fix plan; -1: all. */
  group: number
  /** Whether rows stand under the step that fixes them. */
  grouped: boolean
  sort: SortKey
  descending: boolean
}

/** Columns by which the table can be sorted; `severity` is the order of the data. */
export type SortKey = 'severity' | 'id' | 'subject' | 'where' | 'state'

/** What a row of the table shows: the place of a row in the data, or, below zero, -1 minus the place of a group. */
export type Item = number

/** What the program knows. */
export interface State {
  window: PageWindow
  document: PageDocument
  data: PageData
  view: View
  /** What is searched in, for each row. */
  haystacks: string[]
  /** Rows in the order of each column that was asked for. */
  orders: Map<SortKey, number[]>
  items: Item[]
  /** Rows shown in each group. */
  groupCounts: Map<number, number>
  /** Place among the items that the keyboard is at; -1: nowhere. */
  active: number
  /** Height of each row in pixels. */
  rowHeight: number
  /** False until a row was there to be measured. */
  measured: boolean
  /** What is drawn, `first:last:version`, so that nothing is drawn twice. */
  drawn: string
  /** Counts the changes of `items`. */
  version: number
  /** True while everything is drawn, for the printer. */
  printing: boolean
  body: PageElement
}

/** The program: its state and all its functions. */
export type Client = State & typeof PROGRAM

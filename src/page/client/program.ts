import {
  change,
  drawOption,
  fillLists,
  listen,
  onButton,
  onClick,
  onInput,
  print,
  refit,
  show,
  showStep,
  start,
  toggled,
  unfold
} from './controls.ts'
import { dialog, drawDetails, drawPlace, drawPlaces, open } from './details.ts'
import { choose, grouped, haystackOf, matcher, order, sortText } from './filter.ts'
import { defaultView, readHash, writeHash } from './hash.ts'
import { actionInField, actionOf, onEscape, onKey, step } from './keyboard.ts'
import {
  drawBadges,
  drawCell,
  drawGroup,
  drawId,
  drawRow,
  drawSeverity,
  drawSubject,
  imageOf,
  lineUnder,
  make,
  platformsOf
} from './row.ts'
import { draw, drawItem, drawSpace, measure, moveTo, nextRow, rowOf, visible } from './table.ts'
import { tellControls, tellCount, tellCounts } from './tell.ts'

/**
 * All functions of the page's program, which reach each other through `this`. Each runs in a browser by its own source text, so it may use
 * its arguments, `this` and what every browser has, but nothing that its file imports or declares: not even a constant.
 */
export const PROGRAM = {
  defaultView,
  readHash,
  writeHash,
  haystackOf,
  choose,
  matcher,
  grouped,
  order,
  sortText,
  make,
  drawRow,
  drawCell,
  drawGroup,
  drawSeverity,
  drawSubject,
  drawId,
  drawBadges,
  platformsOf,
  imageOf,
  lineUnder,
  draw,
  visible,
  drawItem,
  drawSpace,
  rowOf,
  measure,
  moveTo,
  nextRow,
  dialog,
  open,
  drawDetails,
  drawPlaces,
  drawPlace,
  start,
  fillLists,
  drawOption,
  listen,
  onInput,
  onClick,
  onButton,
  toggled,
  showStep,
  unfold,
  change,
  show,
  refit,
  print,
  tellControls,
  tellCounts,
  tellCount,
  onKey,
  onEscape,
  actionInField,
  actionOf,
  step
}

/** The program as text of a script. */
export function programText(): string {
  const functions = Object.entries(PROGRAM).map(([name, code]) => `${name}: ${code}`)
  return `'use strict'\nconst client = {\n${functions.join(',\n')}\n}\nclient.start(window)\n`
}

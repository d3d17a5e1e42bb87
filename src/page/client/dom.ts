/**
 * The part of the DOM that the page's program uses. TypeScript's own `dom` library would make `document` and the like known in all of src,
 * most of which runs in Node.
 */
export interface PageElement {
  textContent: string | null
  className: string
  /** Of buttons, inputs and selects. */
  value: string
  hidden: boolean
  open: boolean
  tabIndex: number
  scrollTop: number
  readonly dataset: Record<string, string | undefined>
  readonly style: { setProperty(name: string, value: string): void }
  readonly offsetHeight: number
  readonly isConnected: boolean
  append(...children: readonly (PageElement | string)[]): void
  replaceChildren(...children: readonly (PageElement | string)[]): void
  setAttribute(name: string, value: string): void
  addEventListener(type: string, listener: (event: PageEvent) => void): void
  querySelector(selector: string): PageElement | null
  querySelectorAll(selector: string): Iterable<PageElement>
  closest(selector: string): PageElement | null
  contains(other: PageElement | null): boolean
  getBoundingClientRect(): { readonly top: number; readonly height: number }
  focus(options?: { readonly preventScroll: boolean }): void
  blur(): void
  showModal(): void
  close(): void
}

/** Of the keyboard, the mouse or a field; keys are empty where there is none. */
export interface PageEvent {
  readonly target: PageElement | null
  readonly key: string
  readonly ctrlKey: boolean
  readonly metaKey: boolean
  readonly altKey: boolean
  preventDefault(): void
}

/** The document. */
export interface PageDocument {
  readonly documentElement: PageElement
  readonly activeElement: PageElement | null
  createElement(name: string): PageElement
  getElementById(id: string): PageElement | null
  querySelectorAll(selector: string): Iterable<PageElement>
  addEventListener(type: string, listener: (event: PageEvent) => void): void
}

/** The window; everything that the program reaches is under it. */
export interface PageWindow {
  readonly document: PageDocument
  readonly innerHeight: number
  readonly scrollY: number
  readonly location: { readonly hash: string }
  readonly history: { replaceState(state: null, title: string, url: string): void }
  addEventListener(type: string, listener: (event: PageEvent) => void, options?: { readonly passive: boolean }): void
  requestAnimationFrame(work: () => void): number
  scrollBy(x: number, y: number): void
}

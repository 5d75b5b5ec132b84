import { visiblePieces } from './visible.ts'

type Child = Node | string | undefined

interface Attributes {
  readonly class?: string
  readonly [name: string]: string | undefined
}

/** The only way this page makes elements. Strings become text nodes: nothing here can become markup. */
export function element<K extends keyof HTMLElementTagNameMap>(
  tag: K,
  attributes: Attributes = {},
  ...children: readonly Child[]
): HTMLElementTagNameMap[K] {
  const made = document.createElement(tag)
  for (const [name, value] of Object.entries(attributes)) {
    if (value !== undefined) made.setAttribute(name, value)
  }
  made.append(...children.filter((child) => child !== undefined))
  return made
}

/** Text out of the file: isolated, from left to right whatever it begins with, and each character that would not be seen shown as its code point. */
export function foreign(text: string, className?: string): HTMLElement {
  const pieces = visiblePieces(text).map((piece) =>
    piece.kind === 'text' ? piece.text : element('span', { class: 'unseen' }, piece.text),
  )
  return element(
    'bdi',
    { dir: 'ltr', class: className === undefined ? 'foreign' : `foreign ${className}` },
    ...pieces,
  )
}

export type IconName = 'ok' | 'bad' | 'warn' | 'skip' | 'key' | 'file' | 'wait'

/** Always beside a word that says the same. */
export function icon(name: IconName): SVGSVGElement {
  const svg = document.createElementNS('http://www.w3.org/2000/svg', 'svg')
  svg.setAttribute('class', `icon icon-${name}`)
  svg.setAttribute('aria-hidden', 'true')
  const use = document.createElementNS('http://www.w3.org/2000/svg', 'use')
  use.setAttribute('href', `#icon-${name}`)
  svg.append(use)
  return svg
}

/** An element of index.html, whose ids are as fixed as names in code. */
export function byId<T extends HTMLElement>(id: string, type: new () => T): T {
  const found = document.getElementById(id)
  if (!(found instanceof type)) throw new Error(`index.html has no ${type.name} #${id}`)
  return found
}

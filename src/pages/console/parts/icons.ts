import { svg, html } from 'lit'
import { shapes } from '../../../inbox/rows/icons.ts'

/** Outlines on a square of 20. */
const paths = {
  overview: svg`<path d="M3 16V9m5 7V4m5 12v-5m4 5V7"/>`,
  compose: svg`<path d="M4 16l1-4L14 3l3 3-9 9-4 1zM12 5l3 3"/>`,
  sent: svg`<path d="M3 10l14-7-4 14-3-6-7-1zM10 11l7-8"/>`,
  scheduled: svg`<circle cx="10" cy="10" r="7"/><path d="M10 6v4l3 2"/>`,
  users: svg`<circle cx="8" cy="7" r="3"/><path d="M2.5 17c.5-3.5 2.5-5 5.5-5s5 1.5 5.5 5M13 4.5a3 3 0 0 1 0 5M14.5 12.5c1.700.6 2.700 2 3 4.5"/>`,
  groups: svg`<rect x="3" y="4" width="14" height="5" rx="1.5"/><rect x="3" y="11.5" width="14" height="5" rx="1.5"/>`,
  topics: svg`<path d="M7.5 3L6 17M14 3l-1.5 14M3.5 7.500h14M2.500 12.500h14"/>`,
  webhooks: svg`<path d="M7 3v4M13 3v4M5 7h10v3a5 5 0 0 1-10 0zM10 15v3"/>`,
  keys: svg`<circle cx="6.5" cy="13.5" r="3.5"/><path d="M9 11l8-8M14 6l2.5 2.5M11.5 8.5L13 10"/>`,
  log: svg`<path d="M4 5h12M4 10h12M4 15h8"/>`,
  menu: svg`<path d="M3 5h14M3 10h14M3 15h14"/>`
}

export type IconName = keyof typeof paths | keyof typeof shapes

/** An icon beside a word, which says what it means. What is information, a success, a warning or an error has the shape that it has in the inbox. */
export function icon (name: IconName) {
  if (name in shapes) return shapes[name as keyof typeof shapes]
  return html`<svg class="icon" viewBox="0 0 20 20" aria-hidden="true">${paths[name as keyof typeof paths]}</svg>`
}

/** The head of the column of `typeCell`. */
export const typeHead = html`<th scope="col" class="kind"><span>Type</span></th>`

/** A type in a column of its own, so that titles begin at one place; where there is little room, only its shape is seen. */
export function typeCell (type: string) {
  return html`<td class="kind">${typeMark(type)}</td>`
}

/** A notification's type: its shape and its word, or another one. */
export function typeMark (type: string, word = type) {
  return markOf(type in shapes ? type as keyof typeof shapes : 'info', word)
}

/** A word with the shape and the colour of a type. */
export function markOf (kind: keyof typeof shapes, word: string) {
  return html`<span class="type ${kind}">${icon(kind)}<span>${word}</span></span>`
}

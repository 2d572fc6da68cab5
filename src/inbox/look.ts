/**
 * Colours of everything that people see, each for light and for dark. Every pair of a text and what is behind it
 * reaches AA. This file is a leaf: pages that are rendered by the server read it too.
 */
export const palette = {
  bg: ['#ffffff', '#131416'],
  surface: ['#f6f5f2', '#1a1c1f'],
  text: ['#1b1c1f', '#ececea'],
  muted: ['#5c5a55', '#a9a69f'],
  line: ['#dedbd3', '#33363b'],
  'line-strong': ['#8b877e', '#7d7a74'],
  accent: ['#2a4fc4', '#93b1ff'],
  'accent-soft': ['#e9eefc', '#1c2746'],
  button: ['#2a4fc4', '#3d64dd'],
  brass: ['#a8791f', '#d9ab4e'],
  info: ['#2a4fc4', '#93b1ff'],
  'info-soft': ['#e9eefc', '#1c2746'],
  success: ['#17703c', '#72d39b'],
  'success-soft': ['#e5f4ea', '#132a1e'],
  warning: ['#865000', '#efb95c'],
  'warning-soft': ['#fdf1d8', '#2f2513'],
  error: ['#ad2119', '#ff938a'],
  'error-soft': ['#fdeae8', '#361917']
} as const

/** The outline of a bell, on a square of 32: the content of an `svg`. */
export const BELL = '<path d="M16 2.5a2.4 2.4 0 0 1 2.4 2.4v.7c4 1 6.7 4.5 6.7 8.9 0 4.7 1 6.5 2.9 8.4v1.6H4v-1.6c1.9-1.9 2.9-3.7 2.9-8.4 0-4.4 2.7-7.9 6.7-8.9v-.7A2.4 2.4 0 0 1 16 2.5z"/><path d="M12 26.2h8a4 4 0 0 1-8 0z"/>'

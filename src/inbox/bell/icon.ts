import { html, svg, type TemplateResult } from 'lit'

/** The bell of Belfry (`BELL` of `look.ts`), on a square of 32. */
export const bellIcon: TemplateResult = html`<svg viewBox="0 0 32 32" aria-hidden="true" focusable="false">${svg`<path d="M16 2.5a2.4 2.4 0 0 1 2.4 2.4v.7c4 1 6.7 4.5 6.7 8.9 0 4.7 1 6.5 2.9 8.4v1.6H4v-1.6c1.9-1.9 2.9-3.7 2.9-8.4 0-4.4 2.7-7.9 6.7-8.9v-.7A2.4 2.4 0 0 1 16 2.5zM12 26.2h8a4 4 0 0 1-8 0z"/>`}</svg>`

import { css, unsafeCSS } from 'lit'
import { palette } from '../look.ts'

/** The colours as custom properties of an element, which a page may set by `--belfry-…`. */
const colours = Object.entries(palette).map(([name, [light, dark]]) => `--_${name}: var(--belfry-${name}, light-dark(${light}, ${dark}));`).join('')

/** What the style sheets of the elements begin with. */
export const tokens = css`
:host {
  ${unsafeCSS(colours)}
  --_radius: var(--belfry-radius, 10px);
  font: 400 var(--belfry-font-size, 0.875rem)/1.5 var(--belfry-font, system-ui, sans-serif);
  color: var(--_text);
  overflow-wrap: anywhere;
  -webkit-text-size-adjust: 100%;
}
:host([hidden]) { display: none !important }
:host([theme=light]) { color-scheme: light }
:host([theme=dark]) { color-scheme: dark }
:host([theme=auto]) { color-scheme: light dark }
*, ::before, ::after { box-sizing: border-box }
button, a { font: inherit; color: inherit }
button { margin: 0; border: 0; padding: 0; background: none; cursor: pointer; text-align: inherit; touch-action: manipulation }
:focus-visible { outline: 2px solid var(--_accent); outline-offset: 2px }
.hidden { position: absolute; inline-size: 1px; block-size: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap }
.icon { display: block; inline-size: 20px; block-size: 20px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round }
`

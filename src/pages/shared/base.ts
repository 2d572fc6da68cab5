import { palette } from '../../inbox/look.ts'

/** The palette as custom properties of the document, which every shadow tree inherits. */
export const tokens = `:root {
  color-scheme: light dark;
${Object.entries(palette).map(([name, [light, dark]]) => `  --${name}: light-dark(${light}, ${dark});`).join('\n')}
}
* { box-sizing: border-box }
`

/** The style sheet of a page that an application draws: all else is in the shadow trees of its elements. */
export const baseStyle = `${tokens}html { background: var(--bg); color: var(--text); font: 16px/1.5 system-ui, sans-serif; overflow-wrap: anywhere; -webkit-text-size-adjust: 100% }
body { margin: 0; min-height: 100dvh }
noscript { display: block; max-width: 68ch; margin: 48px auto; padding: 0 16px }
:not(:defined) { display: block; min-height: 100dvh }
`

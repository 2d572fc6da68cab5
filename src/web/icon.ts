import { Asset } from '../http/asset.ts'
import { BELL, palette } from '../inbox/look.ts'

const [light, dark] = palette.brass

/** The bell in brass, a shade for light and one for dark pages. */
export const icon = new Asset('image/svg+xml', `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 32 32">
  <style>@media (prefers-color-scheme: dark) { g { fill: ${dark} } }</style>
  <g fill="${light}">${BELL}</g>
</svg>
`)

/** Where it is served, relative to the root of the server. */
export const iconPath = `static/icon.${icon.hash}.svg`

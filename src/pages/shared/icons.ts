import { svg, type TemplateResult } from 'lit'
import { BELL } from '../../inbox/look.ts'

/** Outlines on a square of 24, drawn with a stroke. */
const paths = {
  account: 'M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8ZM4.5 20.5a7.5 7.5 0 0 1 15 0',
  back: 'M19 12H5m6-7-7 7 7 7',
  check: 'm5 12.5 4.5 4.5L19 7.5',
  close: 'm6 6 12 12M18 6 6 18',
  copy: 'M9 9h11v11H9zM5 15H4V4h11v1',
  devices: 'M3 5h13v9H3zM1.5 17.5H14M18 9h4v11h-6v-2',
  inbox: 'M4 13 6.5 5h11L20 13v6H4zM4 13h4.5l1.5 2.5h4l1.5-2.5H20',
  key: 'M14.5 14a5 5 0 1 0-4.2-2.3L4 18v2.5h3V18h2.5v-2.5l1.6-1.6M16 8h.01',
  logout: 'M10 4H5v16h5m5-12 4 4-4 4m4-4H9',
  menu: 'M4 6h16M4 12h16M4 18h16'
}
export type IconName = keyof typeof paths

/** An icon that means nothing by itself: a text or a name stands beside it. */
export function icon (name: IconName): TemplateResult {
  return svg`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true"><path d=${paths[name]}></path></svg>` as TemplateResult
}

/** The bell in brass, the one ornament. */
export function bell (size = 24): TemplateResult {
  const shapes = [...BELL.matchAll(/ d="([^"]+)"/g)].map(([, d]) => d!)
  return svg`<svg class="bell" viewBox="0 0 32 32" width=${size} height=${size} fill="var(--brass)" aria-hidden="true">${shapes.map(d => svg`<path d=${d}></path>`)}</svg>` as TemplateResult
}

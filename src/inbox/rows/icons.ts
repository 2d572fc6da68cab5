import { svg, html, type TemplateResult } from 'lit'
import type { NotificationType } from '@belfry/client'

/** A picture of strokes on a square of 24, for which a word stands beside it or in the name of its button. */
const icon = (content: unknown): TemplateResult => html`<svg class="icon" viewBox="0 0 24 24" aria-hidden="true" focusable="false">${content}</svg>`

type Name = 'read' | 'unread' | 'archive' | 'unarchive' | 'delete' | 'up' | 'close' | 'offline' | 'preferences' | 'lock'

export const icons: Record<Name, TemplateResult> = {
  read: icon(svg`<path d="m4 12.5 5 5L20 6.5"/>`),
  unread: icon(svg`<circle cx="12" cy="12" r="4.5" fill="currentColor"/>`),
  archive: icon(svg`<path d="M3.5 4.5h17v4h-17zM5 8.5v11h14v-11M9.5 12.5h5"/>`),
  unarchive: icon(svg`<path d="M3.5 13.5v6h17v-6M12 15V4.5M7.5 9 12 4.5 16.5 9"/>`),
  delete: icon(svg`<path d="M4 6.5h16M9.5 6.5v-3h5v3M6 6.5l1 14h10l1-14M10 10.5v6M14 10.5v6"/>`),
  up: icon(svg`<path d="M12 19V5M6 11l6-6 6 6"/>`),
  close: icon(svg`<path d="m6 6 12 12M18 6 6 18"/>`),
  preferences: icon(svg`<path d="M4 7.5h9M19 7.5h1M4 16.5h1M11 16.5h9"/><circle cx="16" cy="7.5" r="2.75"/><circle cx="8" cy="16.5" r="2.75"/>`),
  lock: icon(svg`<path d="M5.5 10.5h13v9h-13zM8.5 10.5v-3a3.5 3.5 0 0 1 7 0v3"/>`),
  offline: icon(svg`<path d="M4 4l16 16M8 8.5a7 7 0 0 0-1 13h9.5M10.5 6A7 7 0 0 1 19 11.5a4.5 4.5 0 0 1 2 7"/>`)
}

/** A shape for each type, so that none is told by its colour alone. */
export const shapes: Record<NotificationType, TemplateResult> = {
  info: icon(svg`<circle cx="12" cy="12" r="10.5"/><path d="M12 11v6M12 7v.5"/>`),
  success: icon(svg`<rect x="1.5" y="1.5" width="21" height="21" rx="6"/><path d="m7 12.5 3.5 3.5L17 8.5"/>`),
  warning: icon(svg`<path d="M12 2 23 21.5H1z"/><path d="M12 9.5v5.5M12 18v.5"/>`),
  error: icon(svg`<path d="M12 .8 23.2 12 12 23.2 .8 12z"/><path d="m9 9 6 6M15 9l-6 6"/>`)
}

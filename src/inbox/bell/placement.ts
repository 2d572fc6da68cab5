/** The gap between the bell and the panel, and between the panel and the edge of the window, in pixels. */
const GAP = 8

interface Box { left: number, top: number, right: number, bottom: number }

/**
 * Where a panel of a size stands under a bell, in a window: its end at the end of the bell, above it where there is more
 * room, and always inside.
 */
export function placed (bell: Box, panel: { width: number, height: number }, view: { width: number, height: number }, isRtl: boolean): { left: number, top: number } {
  const wanted = isRtl ? bell.left : bell.right - panel.width
  const left = Math.max(GAP, Math.min(wanted, view.width - panel.width - GAP))
  const [below, above] = [view.height - bell.bottom, bell.top]
  const isAbove = below < panel.height + GAP && above > below
  const top = isAbove ? bell.top - panel.height - GAP : bell.bottom + GAP
  return { left, top: Math.max(GAP, Math.min(top, view.height - panel.height - GAP)) }
}

/** Small multiples: a row for each client, a column for each situation, a bar for each span of time. */
export interface Plot {
  title: string
  columns: string[]
  /** How many came back in each span, by column. */
  rows: { name: string, values: number[][] }[]
  binMs: number
  /** Up to when there was no server, milliseconds, by column. */
  away: number[]
}

const [WIDTH, LEFT, RIGHT, GAP] = [760, 80, 16, 40]
const [HEAD, PANEL, BETWEEN, FOOT] = [84, 72, 52, 48]

/** The colours of docs and pages. GitHub and browsers show the picture in the colours of who reads it. */
const STYLE = `
  svg { --bg: #ffffff; --text: #1b1c1f; --muted: #5c5a55; --line: #dedbd3; --accent: #2a4fc4; --surface: #f6f5f2; color: var(--text) }
  @media (prefers-color-scheme: dark) { svg { --bg: #131416; --text: #ececea; --muted: #a9a69f; --line: #33363b; --accent: #93b1ff; --surface: #1a1c1f } }
  text { font: 12px system-ui, sans-serif; fill: var(--muted); font-variant-numeric: tabular-nums }
  .title { font-size: 16px; font-weight: 600; fill: currentColor }
  .name { font-size: 13px; font-weight: 600; fill: currentColor }
  .line { stroke: var(--line) }
  .away { fill: var(--surface) }
  .bar { fill: var(--muted) }
  .own { fill: var(--accent) }`

/** The picture as SVG, light and dark. Rows share the scales of their column. */
export function plot ({ title, columns, rows, binMs, away }: Plot): string {
  const height = HEAD + rows.length * (PANEL + BETWEEN) + FOOT
  const width = (WIDTH - LEFT - RIGHT - GAP * (columns.length - 1)) / columns.length
  const most = niceAbove(Math.max(...rows.flatMap(({ values }) => values.flat())))
  const marks: string[] = []
  const text = (x: number, y: number, content: string, attributes = '') => marks.push(`<text x="${at(x)}" y="${at(y)}"${attributes}>${escaped(content)}</text>`)

  columns.forEach((column, columnIndex) => {
    const x0 = LEFT + columnIndex * (width + GAP)
    const seconds = niceAbove(Math.max(...rows.map(({ values }) => values[columnIndex]!.length)) * binMs / 1000)
    const scale = width / (seconds * 1000)
    text(x0, HEAD - 34, column)
    rows.forEach(({ name, values }, rowIndex) => {
      const base = HEAD + rowIndex * (PANEL + BETWEEN) + PANEL + 8
      if (away[columnIndex]! > 0) marks.push(`<rect class="away" x="${at(x0)}" y="${at(base - PANEL)}" width="${at(away[columnIndex]! * scale)}" height="${PANEL}"/>`)
      text(x0, base - PANEL - 18, name, ' class="name"')
      for (const part of [0, 0.5, 1]) {
        const y = base - part * PANEL
        marks.push(`<path class="line" d="M${at(x0)} ${at(y)}h${at(width)}"/>`)
        if (columnIndex === 0) text(x0 - 8, y + 4, (part * most).toLocaleString('en-US'), ' text-anchor="end"')
      }
      const bars = values[columnIndex]!.map((value, bin) => {
        const tall = value / most * PANEL
        return value === 0 ? '' : `M${at(x0 + bin * binMs * scale)} ${at(base)}v${at(-tall)}h${at(Math.max(1, binMs * scale - 0.5))}v${at(tall)}z`
      })
      marks.push(`<path class="bar${rowIndex === 0 ? ' own' : ''}" d="${bars.join('')}"/>`)
      const peak = Math.max(...values[columnIndex]!)
      const when = values[columnIndex]!.indexOf(peak) * binMs * scale
      text(x0 + when + binMs * scale / 2, base - peak / most * PANEL - 4, peak.toLocaleString('en-US'), ' text-anchor="middle"')
    })
    const foot = HEAD + rows.length * (PANEL + BETWEEN) - BETWEEN + 24
    const step = seconds / 4
    for (let tick = 0; tick <= 4; tick++) text(x0 + tick * step * 1000 * scale, foot, String(Number((tick * step).toFixed(2))), ` text-anchor="${tick === 0 ? 'start' : tick === 4 ? 'end' : 'middle'}"`)
    text(x0 + width / 2, foot + 20, 'seconds since the connections were lost', ' text-anchor="middle"')
  })

  const middle = HEAD + 8 + (rows.length * (PANEL + BETWEEN) - BETWEEN) / 2
  marks.push(`<text transform="translate(20 ${at(middle)}) rotate(-90)" text-anchor="middle">clients in each ${binMs} ms</text>`)

  return `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${height}" width="${WIDTH}" height="${height}" role="img" aria-labelledby="title">
<title id="title">${escaped(title)}: ${rows.map(({ name }) => name).join(', ')}</title>
<style>${STYLE}
</style>
<rect width="100%" height="100%" fill="var(--bg)"/>
<text class="title" x="${LEFT}" y="24">${escaped(title)}</text>
${marks.join('\n')}
</svg>
`
}

const at = (value: number) => Number(value.toFixed(1))
const escaped = (text: string) => text.replaceAll('&', '&amp;').replaceAll('<', '&lt;')

/** The next number at which a scale may end, so that its quarters are round. */
function niceAbove (value: number): number {
  const power = 10 ** Math.floor(Math.log10(value))
  return ([1, 1.2, 1.6, 2, 2.4, 3.2, 4, 6, 8].find(step => step * power >= value) ?? 10) * power
}

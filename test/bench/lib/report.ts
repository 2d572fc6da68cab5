/** One line of a table; `goal` says whether what the project promises itself was met. */
export interface Row { [column: string]: string | number }
export interface Goal { name: string, value: number, bound: string, isMet: boolean }
export interface Section { title: string, rows: Row[], goals: Goal[] }

export function atLeast (name: string, value: number, bound: number): Goal {
  return { name, value, bound: `≥ ${bound}`, isMet: value >= bound }
}

export function atMost (name: string, value: number, bound: number): Goal {
  return { name, value, bound: `≤ ${bound}`, isMet: value <= bound }
}

/** Three significant digits, thousands with commas. */
export function round (value: number): number {
  return value === 0 ? 0 : Number(value.toPrecision(3))
}

function text (value: string | number | undefined): string {
  return typeof value === 'number' ? round(value).toLocaleString('en-US', { maximumFractionDigits: 3 }) : value ?? ''
}

/** A section as Markdown. */
export function toMarkdown ({ title, rows, goals }: Section): string {
  const columns = [...new Set(rows.flatMap(row => Object.keys(row)))]
  const line = (cells: string[]) => `| ${cells.join(' | ')} |`
  return [
    `### ${title}`,
    '',
    line(columns),
    line(columns.map(() => '---')),
    ...rows.map(row => line(columns.map(column => text(row[column])))),
    '',
    ...goals.map(({ name, value, bound, isMet }) => `- ${isMet ? 'met' : '**missed**'}: ${name}: ${text(value)} (${bound})`),
    ''
  ].join('\n')
}

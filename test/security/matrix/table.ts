import type { Actor } from './actors.ts'

export interface Cell { row: string, actor: Actor, expected: unknown, found: unknown, changed?: boolean }

/** What was asked, by whom, and what came of it. */
export class Table {
  readonly cells: Cell[] = []

  /** Notes a cell; whether it is as it should be. */
  add (cell: Cell): void {
    this.cells.push(cell)
  }

  /** The cells of a row that are not as they should be. */
  wrong (row: string): Cell[] {
    return this.cells.filter(cell => cell.row === row && (cell.found !== cell.expected || cell.changed === true))
  }

  /** One line a row, what each actor got in short, and a line that adds it up. */
  print (actors: readonly Actor[]): string[] {
    const rows = [...new Set(this.cells.map(({ row }) => row))]
    const width = Math.max(...rows.map(({ length }) => length))
    const wide = actors.map(actor => ({ actor, head: actor.replace('send:company:company_', 'send:').slice(0, 14).padEnd(14) }))
    const failures = rows.reduce((sum, row) => sum + this.wrong(row).length, 0)
    return [
      `${''.padEnd(width)}  ${wide.map(({ head }) => head).join(' ')}`,
      ...rows.map(row => `${row.padEnd(width)}  ${wide.map(({ actor }) => {
        const cell = this.cells.find(cell => cell.row === row && cell.actor === actor)
        return String(cell?.found ?? '').replace('BLF_', '').slice(0, 14).padEnd(14)
      }).join(' ')}`.trimEnd()),
      `${this.cells.length} cells tested, ${failures} failures`
    ]
  }
}

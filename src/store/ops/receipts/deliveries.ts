import type { Delivery } from '../../contract/deliveries.ts'
import { all, highOf, listOf, lowOf, rangesOf, rowsOf, run, type Steps } from '../../query.ts'
import type { ReadContext, Reads, WriteContext, Writes } from '../context.ts'
import { retireDevices } from './devices.ts'
import { joined, without, type Interval } from './intervals.ts'
import { withoutMissed } from './missed.ts'

/** How many events share a value of `deliveries.block`. */
export const DELIVERY_BLOCK = 4_096

interface Row extends Interval { user_id: string, device: string }

const ROWS = rowsOf({ user_id: 'TEXT', device: 'TEXT', low: 'BIGINT', high: 'BIGINT' })
const OF_DEVICE = (row: string) => `${row}.user_id = d.user_id AND ${row}.device = d.device`

/**
 * SQL that writes the new intervals (d) which only move the end of one, and not into another block: nearly all that there are. It returns their
 * devices. The one that an interval extends is the last that begins up to its end. Here and below each is looked up by itself: how PostgreSQL
 * joins depends on the statistics of a table, and this one grows with the first acknowledgements.
 */
const EXTEND = `INSERT INTO deliveries (user_id, device, low, high, block)
  WITH z AS MATERIALIZED (
    SELECT d.*, (SELECT MAX(x.low) FROM deliveries x WHERE ${OF_DEVICE('x')} AND x.low <= d.high) AS start FROM ${ROWS} AS d
  ), y AS MATERIALIZED (
    SELECT d.*, (SELECT x.high FROM deliveries x WHERE ${OF_DEVICE('x')} AND x.low = d.start) AS known FROM z AS d WHERE d.start <= d.low
  )
  SELECT y.user_id, y.device, y.start, y.high, y.high / ${DELIVERY_BLOCK} FROM y
  WHERE y.known >= y.low AND y.known < y.high AND y.known / ${DELIVERY_BLOCK} = y.high / ${DELIVERY_BLOCK}
  ON CONFLICT (user_id, device, low) DO UPDATE SET high = excluded.high RETURNING user_id, device`

/**
 * SQL for the recorded intervals that a new one (d) overlaps or touches. Those of a device are disjoint, so of all that
 * begin before it, only the last can reach it.
 */
const TOUCHED = `SELECT d.user_id, d.device, ${lowOf('y')} AS low, ${highOf('y')} AS high FROM ${ROWS} AS d CROSS JOIN ${rangesOf(`
  SELECT i.low, i.high FROM deliveries i WHERE ${OF_DEVICE('i')} AND i.low <= d.high AND i.high >= d.low
  AND i.low >= COALESCE((SELECT MAX(x.low) FROM deliveries x WHERE ${OF_DEVICE('x')} AND x.low <= d.low), 0)`, 'y')}`

export function * recordDeliveries (_context: WriteContext, deliveries: Delivery[]): Steps<void> {
  const sent = deliveries.flatMap(delivery => delivery.unsent ? without(delivery, delivery.unsent).map(part => ({ ...delivery, ...part })) : [delivery])
  const added = yield * withoutMissed(sent.filter(({ low, high }) => low < high))
  if (added.length === 0) return
  const devices = new Map<string, { userId: string, device: string, added: Interval[], known: Interval[] }>()
  for (const { userId, device, low, high } of added) {
    const name = nameOf(userId, device)
    const ofDevice = devices.get(name)
    if (ofDevice) ofDevice.added.push({ low, high })
    else devices.set(name, { userId, device, added: [{ low, high }], known: [] })
  }
  for (const ofDevice of devices.values()) ofDevice.added = joined(ofDevice.added)
  const single = [...devices.values()].flatMap(({ userId, device, added: [first, second] }) => second ? [] : [[userId, device, first!.low, first!.high]])
  for (const { user_id: userId, device } of yield * all<Row>(EXTEND, listOf(single))) devices.delete(nameOf(userId, device))
  if (devices.size === 0) return
  const list = [...devices.values()]
  for (const row of yield * all<Row>(TOUCHED, listOf(list.flatMap(({ userId, device, added }) => added.map(({ low, high }) => [userId, device, low, high]))))) {
    devices.get(nameOf(row.user_id, row.device))!.known.push(row)
  }
  const changes = list.map(({ userId, device, added, known }) => {
    const after = joined([...known, ...added])
    const isKnown = ({ low, high }: Interval) => known.some(interval => interval.low === low && interval.high === high)
    return {
      userId,
      device,
      isNew: known.length === 0,
      set: after.filter(interval => !isKnown(interval)),
      absorbed: known.filter(({ low }) => after.every(interval => interval.low !== low))
    }
  })
  yield * remove(changes.flatMap(({ userId, device, absorbed }) => absorbed.map(({ low }): [string, string, number] => [userId, device, low])))
  yield * set(changes.flatMap(({ userId, device, set }) => set.map(interval => ({ user_id: userId, device, ...interval }))))
  const perhapsNew = changes.filter(({ isNew }) => isNew)
  if (perhapsNew.length > 0) yield * retireDevices(perhapsNew, { remove, set })
}

function nameOf (userId: string, device: string): string {
  // A device's name has no space.
  return `${device} ${userId}`
}

function * remove (rows: [userId: string, device: string, low: number][]): Steps<void> {
  if (rows.length === 0) return
  yield * run(
    `DELETE FROM deliveries WHERE (user_id, device, low) IN (SELECT user_id, device, low FROM ${rowsOf({ user_id: 'TEXT', device: 'TEXT', low: 'BIGINT' })} AS d)`, listOf(rows)
  )
}

function * set (rows: Row[]): Steps<void> {
  if (rows.length === 0) return
  // WHERE TRUE: without it SQLite parses ON CONFLICT as a join's condition.
  yield * run(
    `INSERT INTO deliveries (user_id, device, low, high, block) SELECT user_id, device, low, high, high / ${DELIVERY_BLOCK}
     FROM ${ROWS} AS d WHERE TRUE
     ON CONFLICT (user_id, device, low) DO UPDATE SET high = excluded.high, block = excluded.block`,
    listOf(rows.map(({ user_id: userId, device, low, high }) => [userId, device, low, high]))
  )
}

/** Removes the intervals that lie below the log's beginning; how many, `limit` at most. */
export function * forgetDeliveries (floor: number, limit: number): Steps<number> {
  return (yield * all(
    `DELETE FROM deliveries WHERE (user_id, device, low) IN (
       SELECT user_id, device, low FROM deliveries WHERE block <= ? AND high <= ? ORDER BY block LIMIT ?) RETURNING 1 AS gone`,
    Math.floor(floor / DELIVERY_BLOCK), floor, limit
  )).length
}

function * deliveries (_context: ReadContext, userId: string): Steps<(Interval & { device: string })[]> {
  return yield * all('SELECT device, low, high FROM deliveries WHERE user_id = ? ORDER BY device, low', userId)
}

export const reads = { deliveries } satisfies Reads
export const writes = { recordDeliveries } satisfies Writes

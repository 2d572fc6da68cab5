import { all, listOf, rowsOf, type Steps } from '../../query.ts'
import { joined, type Interval } from './intervals.ts'

/** The most devices of a user that are not retired. */
export const MAX_DEVICES = 20
/** The name under which the intervals of retired devices are kept: nobody's device is called so. */
const RETIRED = ''

/** SQL for the users (d) with more devices than so many: looked up one by one, for hardly anybody has. */
const TOO_MANY = `SELECT y.user_id FROM (
    SELECT d.user_id, (SELECT count(DISTINCT i.device) FROM deliveries i WHERE i.user_id = d.user_id AND i.device <> '${RETIRED}') AS devices FROM ${rowsOf({ user_id: 'TEXT' })} AS d
  ) AS y WHERE y.devices > ?`

interface DeviceRow { user_id: string, device: string, high: number }
interface Row extends Interval { user_id: string, device: string }

/** How the caller writes intervals. */
interface Table {
  remove: (rows: [userId: string, device: string, low: number][]) => Steps<void>
  set: (rows: Row[]) => Steps<void>
}

/** Of users who have too many devices, retires those that have come least far, but none of the new ones. */
export function * retireDevices (added: { userId: string, device: string }[], { remove, set }: Table): Steps<void> {
  const many = yield * all<{ user_id: string }>(TOO_MANY, listOf([...new Set(added.map(({ userId }) => userId))].map(id => [id])), MAX_DEVICES)
  if (many.length === 0) return
  const devices = yield * all<DeviceRow>(
    `SELECT i.user_id, i.device, MAX(i.high) AS high FROM ${rowsOf({ user_id: 'TEXT' })} AS d JOIN deliveries i ON i.user_id = d.user_id
     WHERE i.device <> '${RETIRED}' GROUP BY i.user_id, i.device`, listOf(many.map(({ user_id: id }) => [id]))
  )
  const retired = [...Map.groupBy(devices, ({ user_id: userId }) => userId)].flatMap(([userId, ofUser]) => {
    const isNew = ({ device }: DeviceRow) => added.some(one => one.userId === userId && one.device === device)
    const excess = Math.max(0, ofUser.length - MAX_DEVICES)
    return ofUser.sort((a, b) => Number(isNew(a)) - Number(isNew(b)) || a.high - b.high).slice(0, excess)
  })
  if (retired.length === 0) return
  const ids = [...new Set(retired.map(({ user_id: userId }) => userId))]
  const rows = yield * all<Row>(
    `SELECT i.user_id, i.device, i.low, i.high FROM ${rowsOf({ user_id: 'TEXT', device: 'TEXT' })} AS d JOIN deliveries i ON i.user_id = d.user_id AND i.device = d.device`,
    listOf([...retired.map(({ user_id: userId, device }) => [userId, device]), ...ids.map(id => [id, RETIRED])])
  )
  yield * remove(rows.map(({ user_id: userId, device, low }) => [userId, device, low]))
  const merged = [...Map.groupBy(rows, ({ user_id: userId }) => userId)]
  yield * set(merged.flatMap(([userId, intervals]) => joined(intervals).map(interval => ({ user_id: userId, device: RETIRED, ...interval }))))
}

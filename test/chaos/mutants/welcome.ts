import { Connection } from '../../../src/hub/connection.ts'
import type { OwnFrame } from '../../../src/hub/encoding.ts'
import { Hub } from '../../../src/hub/hub.ts'
import { formatCursor } from '../../../src/protocol/cursor.ts'
import { start } from '../../../src/start.ts'

/** The server, with one fault: on a resume the welcome's cursor is where the replay that follows ends. */

const { publish } = Hub.prototype
const { send } = Connection.prototype
let end: string | undefined

Hub.prototype.publish = function (events) {
  publish.call(this, events)
  end = formatCursor(this.epoch, this.seq)
}

Connection.prototype.send = function (frame: OwnFrame) {
  const isResume = frame.type === 'welcome' && frame.payload.resume === 'complete'
  send.call(this, isResume ? { ...frame, cursor: end! } : frame)
}

await start()

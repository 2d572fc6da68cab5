import { STREAM_PATH } from '../protocol/endpoint.ts'
import { Reporter } from '../session/reporter.ts'

/** Reports one stream to the log, the metrics and the limits. */
export class StreamReporter extends Reporter {
  protected get noun (): string { return 'stream' }
  protected get path (): string { return STREAM_PATH }
}

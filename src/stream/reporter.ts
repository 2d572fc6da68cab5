import { OVERVIEW_PATH, STREAM_PATH } from '../protocol/endpoint.ts'
import { Reporter } from '../session/reporter.ts'

/** Reports one stream to the log, the metrics and the limits. */
export class StreamReporter extends Reporter {
  protected get noun (): string { return 'stream' }
  protected get path (): string { return STREAM_PATH }
}

/** The same for a stream of overviews. */
export class OverviewReporter extends StreamReporter {
  protected override get path (): string { return OVERVIEW_PATH }
}

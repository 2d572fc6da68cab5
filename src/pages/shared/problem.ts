import type { FieldError } from '../../client/index.ts'

/** Why a call failed. `message` is a sentence for people. */
export class ApiError extends Error {
  /** The HTTP status; 0 if no answer came. */
  readonly status: number
  /** A code of the catalogue, such as `BLF_FORBIDDEN`; `network` if no answer came, `late` if none came in time. */
  readonly code: string
  /** What is wrong with which field of the body, by JSON pointer. */
  readonly errors: readonly FieldError[]
  /** Seconds after which trying again makes sense. */
  readonly retryAfter: number | undefined
  /** By this id the server's log has the request. */
  readonly requestId: string | undefined

  constructor (message: string, { status = 0, code = 'network', errors = [], retryAfter, requestId }: Partial<Pick<ApiError, 'status' | 'code' | 'errors' | 'retryAfter' | 'requestId'>> = {}) {
    super(message)
    this.status = status
    this.code = code
    this.errors = errors
    this.retryAfter = retryAfter
    this.requestId = requestId
  }
}

/** The error of an answer that is none of success; undefined for no answer at all, 'late' for none in time. `isRead`: the call changes nothing. */
export async function problemOf (answer: Response | 'late' | undefined, isRead = true): Promise<ApiError> {
  if (answer === 'late') return new ApiError(`The server hasn't answered for 20 seconds. ${isRead ? 'Try again.' : 'It may still do what you asked: look before you try again.'}`, { code: 'late' })
  if (!answer) return new ApiError('The server can\'t be reached. Check your connection and try again.')
  const { status } = answer
  const retryAfter = Number(answer.headers.get('retry-after')) || undefined
  const body = await answer.json().catch(() => ({})) as { code?: string, detail?: string, errors?: FieldError[], request_id?: string }
  const { code = 'network', detail, errors, request_id: requestId } = body
  return new ApiError(inWords(status, code, detail, retryAfter), { status, code, errors: errors ?? [], retryAfter, requestId })
}

function inWords (status: number, code: string, detail: string | undefined, retryAfter: number | undefined): string {
  const wait = retryAfter === undefined ? 'in a moment' : retryAfter === 1 ? 'in a second' : `in ${retryAfter} seconds`
  if (code === 'BLF_RATE_LIMITED') return `Too many attempts. Try again ${wait}.`
  if (status === 503) return `The server is busy or restarting. Try again ${wait}.`
  if (status === 507) return 'The server has no room left to store anything. An operator has to make some.'
  return detail ?? `The server answered ${status}. Try again.`
}

/** Every error that Belfry answers with: its code, its HTTP status and its default detail. */
export const errorCodes = {
  BLF_VALIDATION: [400, 'The request is not valid.'],
  BLF_BAD_JSON: [400, 'The body is not valid JSON.'],
  BLF_BAD_REQUEST: [400, 'The request is malformed.'],
  BLF_BAD_CURSOR: [400, 'The cursor is not valid here, or is of another log.'],
  BLF_UNAUTHENTICATED: [401, 'Credentials are missing, expired, revoked or not valid.'],
  BLF_BAD_CREDENTIALS: [401, 'The username or the password is wrong.'],
  BLF_FORBIDDEN: [403, 'You may not do this.'],
  BLF_WRONG_PASSWORD: [403, 'The current password is wrong.'],
  BLF_FORBIDDEN_ORIGIN: [403, 'This origin may not open a socket.'],
  BLF_ROUTE_NOT_FOUND: [404, 'There is no such route.'],
  BLF_NOTIFICATION_NOT_FOUND: [404, 'There is no such notification in your inbox.'],
  BLF_ACTION_NOT_FOUND: [404, 'The notification has no such action.'],
  BLF_USER_NOT_FOUND: [404, 'There is no such user.'],
  BLF_SESSION_NOT_FOUND: [404, 'There is no such session, or it has ended.'],
  BLF_GROUP_NOT_FOUND: [404, 'There is no such group.'],
  BLF_KEY_NOT_FOUND: [404, 'There is no such API key.'],
  BLF_METHOD_NOT_ALLOWED: [405, 'This path does not have this method; `Allow` lists those it has.'],
  BLF_TIMEOUT: [408, 'The request took too long to arrive.'],
  BLF_ID_CONFLICT: [409, 'This id was used before, with other content or by somebody else.'],
  BLF_REVISION: [409, 'The notification was edited since the revision that was given.'],
  BLF_REVISIONS_FULL: [409, 'The notification was edited as often as it can be: recall it and send another one.'],
  BLF_NOT_EDITABLE: [409, 'The notification has expired.'],
  BLF_USERNAME_TAKEN: [409, 'This username is taken.'],
  BLF_USER_EXISTS: [409, 'There is a user with this id already.'],
  BLF_ROLE_NEEDED: [409, 'An admin without a company is a platform admin: to take the company from an admin, give "role" in the same request, either "admin" or what the user is from now on.'],
  BLF_PASSWORD_NEEDED: [409, 'The password of this user was set by somebody who may not manage the user after this change: give a new "password" in the same request, or null for a user without one.'],
  BLF_GROUP_FULL: [409, 'The group, or one of the users, has as many members or groups as may be.'],
  BLF_LAST_ADMIN: [409, 'The last platform admin can be neither removed nor demoted.'],
  BLF_SCHEDULE_FULL: [409, 'As many notifications are planned as this server allows: cancel some, or wait until some are sent.'],
  BLF_ALREADY_SENT: [409, 'This notification is not planned any more: it was sent, refused or cancelled, or has expired. `GET /api/scheduled/{id}` says which; what was sent is recalled at `DELETE /api/broadcast/{id}`.'],
  BLF_TOO_LARGE: [413, 'The body is too large.'],
  BLF_UNSUPPORTED_MEDIA_TYPE: [415, 'The body must be application/json.'],
  BLF_EXPECTATION_FAILED: [417, 'The only expectation that can be met is 100-continue.'],
  BLF_UPGRADE_REQUIRED: [426, 'Only WebSockets are served here.'],
  BLF_RATE_LIMITED: [429, 'Too many requests.'],
  BLF_TOO_MANY_SOCKETS: [429, 'Too many sockets and streams are open for these credentials or from this address.'],
  BLF_HEADERS_TOO_LARGE: [431, 'The request headers are too large.'],
  BLF_INTERNAL: [500, 'Something went wrong on our side.'],
  BLF_STORE_UNAVAILABLE: [503, 'The store cannot be reached; nothing was stored.'],
  BLF_UNAVAILABLE: [503, 'The server is shutting down or overloaded.'],
  BLF_STORE_FULL: [507, 'The store has no room left; nothing was stored.']
} as const satisfies Record<string, readonly [status: number, detail: string]>

export type ErrorCode = keyof typeof errorCodes

/** One field of a request or frame that is not valid: `path` is a JSON pointer, `message` says what it must be. */
export interface FieldError { path: string, message: string }

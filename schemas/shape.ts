import { Type, type Static, type TObject } from '@sinclair/typebox'
import { pattern } from './patterns.ts'
import { Id, Text } from './primitives.ts'

const MAX_URL = 2048
// White space, control characters and lone surrogates, for a character class.
const EXCLUDED = '\\s\\u0000-\\u001f\\u007f-\\u009f\\ud800-\\udfff'
const CHAR = `[^${EXCLUDED}]`
const HTTPS = '[Hh][Tt][Tt][Pp][Ss]://'
const HTTP = '[Hh][Tt][Tt][Pp]://'
const MAILTO = '[Mm][Aa][Ii][Ll][Tt][Oo]:'
/** A path within the app that shows the notification. Browsers read `//` and `/\` as the start of a host. */
const PATH = `/([^/\\\\${EXCLUDED}]${CHAR}*)?`

/** `src/notification/check.ts` also parses it: a pattern cannot tell whether a host is valid. */
export const Url = (options = {}) => Type.String({
  maxLength: MAX_URL,
  ...pattern(`^((${HTTPS}|${HTTP}|${MAILTO})${CHAR}+|${PATH})$`, 'must begin with https://, http://, mailto: or a single /, and have no white space or control characters'),
  description: 'Where it leads: an absolute `https`, `http` or `mailto` URL by the WHATWG URL standard, without a user name or password, or a path of the app that shows the notification: `/`, not followed by another `/` or a `\\`. Belfry never requests it.',
  examples: ['/orders/1742'],
  ...options
})

export const Icon = (options = {}) => Type.String({
  maxLength: MAX_URL,
  ...pattern(`^${HTTPS}${CHAR}+$`, 'must begin with https://, and have no white space or control characters'),
  description: 'An image to show with it: an `https` URL, without a user name or password. Belfry never requests it.',
  examples: ['https://shop.example/icons/parcel.png'],
  ...options
})

export const ActionId = (options = {}) => Id({ description: 'The `id` of one of the notification\'s `actions`.', examples: ['track'], ...options })

const Action = Type.Object({
  id: ActionId({ description: 'Names the action; different from those of the other actions.' }),
  label: Text(40, { description: 'What its button says.', examples: ['Track it'] }),
  url: Type.Optional(Url({ examples: ['https://shop.example/orders/1742/tracking'] }))
}, { additionalProperties: false })

export const Actions = (options = {}) => Type.Array(Action, { maxItems: 3, description: 'Buttons to show with it.', ...options })

export const Urgency = (options = {}) => Type.Unsafe<'low' | 'normal' | 'high'>({
  type: 'string', enum: ['low', 'normal', 'high'], description: 'How much it may interrupt its reader; `normal` if absent. This is independent of its `type`.', examples: ['normal'], ...options
})

/** The fields of a notification, all optional, that say how it is shown and what can be done with it. Texts are texts, never HTML. */
export const shape = {
  url: Type.Optional(Url()),
  icon: Type.Optional(Icon()),
  actions: Type.Optional(Actions()),
  urgency: Type.Optional(Urgency())
}
export type Shape = Static<TObject<typeof shape>>

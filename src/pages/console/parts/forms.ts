import { ApiError } from '../access.ts'

/** The fields of a form after an input: the one by its name has its value now, or whether its box is checked. */
export function withInput<Fields extends object> (fields: Fields, { target }: Event): Fields {
  const { name, value, type, checked } = target as HTMLInputElement
  return { ...fields, [name]: type === 'checkbox' ? checked : value }
}

/** Refuses a title of blanks: the server takes it, for programs, and readers would see an empty line. Throws ApiError. */
export function assertTitle (title: string): void {
  if (title.trim() === '') throw new ApiError('The title is blank.', { status: 400, code: 'BLF_VALIDATION', errors: [{ path: '/title', message: 'Write what readers see first.' }] })
}

/** The fields of a form after an input: the one by its name has its value now, or whether its box is checked. */
export function withInput<Fields extends object> (fields: Fields, { target }: Event): Fields {
  const { name, value, type, checked } = target as HTMLInputElement
  return { ...fields, [name]: type === 'checkbox' ? checked : value }
}

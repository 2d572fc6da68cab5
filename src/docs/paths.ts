import type { Json } from './document.ts'

const PARAMETER = /\{\w+\}/g

/**
 * In OpenAPI, paths that differ only in the names of their parameters are the same path. Merges them into one:
 * `GET /n/{user_id}` and `DELETE /n/{notification_id}` become two operations of `/n/{id}`.
 */
export function mergeTemplates (paths: Record<string, Json>): Record<string, Json> {
  const groups = Map.groupBy(Object.keys(paths), path => path.replaceAll(PARAMETER, '{}'))
  return Object.fromEntries([...groups.values()].map(group => {
    const [first] = group as [string, ...string[]]
    if (group.length === 1) return [first, paths[first]!]
    const names = group.map(path => (path.match(PARAMETER) ?? []).map(name => name.slice(1, -1)))
    const common = names[0]!.map((name, index) => names.every(other => other[index] === name) ? name : index === 0 ? 'id' : `id_${index + 1}`)
    const item = Object.assign({}, ...group.map((path, which) => rename(paths[path]!, names[which]!, common))) as Json
    let place = 0
    return [first.replaceAll(PARAMETER, () => `{${common[place++]}}`), item]
  }))
}

function rename (item: Json, from: string[], to: string[]): Json {
  for (const operation of Object.values(item)) {
    for (const parameter of operation.parameters ?? []) {
      if (parameter.in === 'path') parameter.name = to[from.indexOf(parameter.name)]
    }
  }
  return item
}

/** A user of the demo, whose password everybody may know. `is` says who that is. */
export interface DemoUser { username: string, password: string, is: string }

/** What the server says in the page's head, as JSON. */
function said<T> (name: string): T[] {
  const text = document.querySelector<HTMLMetaElement>(`meta[name="belfry-${name}"]`)?.content
  return text === undefined ? [] : JSON.parse(text) as T[]
}

/** The users of the demo; none on any other server. */
export const demoUsers = said<DemoUser>('demo')

/** Origins from which the policy of the page lets icons come, besides its own. */
export const iconOrigins = said<string>('icons')

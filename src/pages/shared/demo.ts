/** A user of the demo, whose password everybody may know. `is` says who that is. */
export interface DemoUser { username: string, password: string, is: string }

const listed = document.querySelector<HTMLMetaElement>('meta[name=belfry-demo]')?.content

/** The users of the demo; none on any other server. */
export const demoUsers: DemoUser[] = listed === undefined ? [] : JSON.parse(listed) as DemoUser[]

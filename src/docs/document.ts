/** A part of the OpenAPI document. */
export type Json = Record<string, any>

export interface OpenApiDocument { paths: Record<string, Record<string, Json>>, components: Record<string, Json>, [key: string]: unknown }

/** What a `$ref` to a schema of the document begins with. */
export const COMPONENT = '#/components/schemas/'

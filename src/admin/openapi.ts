import { toJsonSchema } from "@valibot/to-json-schema"
import type { Endpoint, Schema } from "./endpoint.ts"

/** Where the admin API begins. */
export const BASE = "/admin/api"

const failure = {
  description: "A refusal.",
  content: { "application/json": { schema: { $ref: "#/components/schemas/Error" } } },
}
const error = {
  type: "object",
  required: ["error"],
  properties: {
    error: {
      type: "object",
      required: ["code", "message"],
      properties: {
        code: { type: "string" },
        message: { type: "string" },
        member: { type: "string", description: "The member of the request that is wrong." },
      },
    },
  },
}

type JsonSchema = { readonly properties?: Readonly<Record<string, unknown>>; readonly required?: readonly string[] }

/** The JSON Schema of what is sent: transformations and checks in code are left out. */
const schemaOf = (schema: Schema): JsonSchema => {
  const { $schema: _, ...rest } = toJsonSchema(schema, { typeMode: "input", errorMode: "ignore" })
  // It only says more than what is looked at here.
  return rest as JsonSchema
}

/** The OpenAPI 3.1 document of the declared endpoints, below BASE. */
export function openApi(endpoints: readonly Endpoint[], version: string) {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const one of endpoints) {
    const path = one.path.replace(/:(\w+)/g, "{$1}")
    paths[path] = { ...paths[path], [one.method.toLowerCase()]: operation(one) }
  }
  return {
    openapi: "3.1.0",
    info: { title: "restante admin API", version },
    servers: [{ url: BASE }],
    paths,
    components: {
      schemas: { Error: error },
      securitySchemes: {
        token: { type: "http", scheme: "bearer", description: "An API token with the scope that x-access names." },
        session: { type: "apiKey", in: "cookie", name: "restante", description: "__Host-restante over https." },
        csrf: { type: "apiKey", in: "header", name: "X-Restante-CSRF" },
      },
    },
  }
}

function operation({ method, path, access, isDangerous, summary, query, body, answer, media }: Endpoint) {
  const inPath = [...path.matchAll(/:(\w+)/g)].map(([, name = ""]) => ({
    name,
    in: "path",
    required: true,
    schema: { type: "string" },
  }))
  const asked = query ? schemaOf(query) : {}
  const inQuery = Object.entries(asked.properties ?? {}).map(([name, schema]) => ({
    name,
    in: "query",
    required: asked.required?.includes(name) ?? false,
    schema,
  }))
  const session = method === "GET" ? { session: [] } : { session: [], csrf: [] }
  const security = access === "anyone" ? [] : access === "session" ? [session] : [session, { token: [] }]
  const content = answer
    ? { "application/json": { schema: schemaOf(answer) } }
    : Object.fromEntries(media.map((type) => [type, { schema: { type: "string" } }]))
  return {
    summary,
    "x-access": access,
    ...(isDangerous && { "x-confirm": true }),
    security,
    parameters: [...inPath, ...inQuery],
    ...(body && { requestBody: { required: true, content: { "application/json": { schema: schemaOf(body) } } } }),
    responses: { "200": { description: "Done.", content }, default: failure },
  }
}

/** What may stand in restante.toml as a JSON Schema, for editors that check while one types. */

import { toJsonSchema } from "@valibot/to-json-schema"
import { parse } from "smol-toml"
import { type Row, rows, sections } from "./schema.ts"

/** A JSON Schema of the file; checks that only code can make are said in the descriptions. */
export const fileSchema = () => ({
  $schema: "https://json-schema.org/draft/2020-12/schema",
  title: "restante.toml",
  ...tableOf(
    sections.map((section) => {
      const keys = rows.filter((row) => row.section === section)
      return [section, tableOf(keys.map((row) => [row.key, settingOf(row)]))]
    }),
  ),
})

const tableOf = (properties: readonly (readonly [string, unknown])[]) => ({
  type: "object",
  properties: Object.fromEntries(properties),
  additionalProperties: false,
})

function settingOf({ kind, sentence, fallback, secret }: Row) {
  const { $schema: _, ...value } = toJsonSchema(kind.schema, { typeMode: "input", errorMode: "ignore" })
  return {
    description: `${sentence} Must be ${kind.expects}.`,
    ...value,
    ...("value" in fallback && !secret && { default: parse(`it = ${kind.toToml(fallback.value)}`).it }),
  }
}

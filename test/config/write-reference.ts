/** Writes docs/config.md again: bun test/config/write-reference.ts */

import { configPage } from "../../src/config/reference.ts"

await Bun.write(new URL("../../docs/config.md", import.meta.url), configPage())

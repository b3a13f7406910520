import * as v from "valibot"
import { on, type Protocol, protocol } from "../registry.ts"

/** empty/1.0 — https://didcomm.org/empty/1.0: carries headers only, and makes a good keep-alive. */
export function empty(): Protocol {
  return protocol("https://didcomm.org/empty/1.0", ["receiver"], {
    empty: on("proven", v.looseObject({}), async () => null),
  })
}

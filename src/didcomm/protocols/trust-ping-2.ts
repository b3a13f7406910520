import * as v from "valibot"
import { on, type Protocol, protocol } from "../registry.ts"

const Ping = v.looseObject({ response_requested: v.optional(v.boolean(), true) })

/** trust-ping/2.0 — https://didcomm.org/trust-ping/2.0 */
export function trustPing(): Protocol {
  return protocol("https://didcomm.org/trust-ping/2.0", ["receiver"], {
    ping: on("anyone", Ping, async ({ body }) =>
      body.response_requested ? { type: "ping-response", body: {} } : null,
    ),
  })
}

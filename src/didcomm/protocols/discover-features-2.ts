import * as v from "valibot"
import { fits } from "../../base/wildcard.ts"
import { on, type Protocol, protocol } from "../registry.ts"

const URI = "https://didcomm.org/discover-features/2.0"
const Queries = v.looseObject({
  queries: v.pipe(
    v.array(v.looseObject({ "feature-type": v.string(), match: v.pipe(v.string(), v.maxLength(256)) })),
    v.maxLength(32),
  ),
})

// Some clients take the pattern for a regular expression; what they mean by `.*` is the wildcard.
const wildcard = (pattern: string) => pattern.replaceAll(".*", "*")

type Feature = { readonly "feature-type": string; readonly id: string; readonly [more: string]: unknown }

/** discover-features/2.0 — https://didcomm.org/discover-features/2.0. Discloses what the registry holds, itself included. */
export function discoverFeatures(others: readonly Protocol[], limits: { maxReceiveBytes: number }): Protocol {
  const own = protocol(URI, ["responder"], {
    queries: on("anyone", Queries, async ({ body }) => {
      const disclosed = body.queries.flatMap((query) =>
        features.filter((one) => one["feature-type"] === query["feature-type"] && fits(wildcard(query.match), one.id)),
      )
      return { type: "disclose", body: { disclosures: [...new Set(disclosed)] } }
    }),
  })
  const features: readonly Feature[] = [
    ...[...others, own].map(({ uri, roles }) => ({ "feature-type": "protocol", id: uri, roles })),
    { "feature-type": "goal-code", id: "request-mediate" },
    { "feature-type": "header", id: "return_route" },
    // The digits are a string (§max_receive_bytes).
    {
      "feature-type": "constraint",
      id: "max_receive_bytes",
      max_receive_bytes: String(limits.maxReceiveBytes),
    },
  ]
  return own
}

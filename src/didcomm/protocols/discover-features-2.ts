import * as v from "valibot"
import { on, type Protocol, protocol } from "../registry.ts"

const URI = "https://didcomm.org/discover-features/2.0"
const Queries = v.looseObject({
  queries: v.pipe(
    v.array(v.looseObject({ "feature-type": v.string(), match: v.pipe(v.string(), v.maxLength(256)) })),
    v.maxLength(32),
  ),
})

type Feature = { readonly "feature-type": string; readonly id: string; readonly [more: string]: unknown }

/** discover-features/2.0 — https://didcomm.org/discover-features/2.0. Discloses what the registry holds, itself included. */
export function discoverFeatures(others: readonly Protocol[], limits: { maxReceiveBytes: number }): Protocol {
  const own = protocol(URI, ["responder"], {
    queries: on("anyone", Queries, async ({ body }) => {
      const disclosed = body.queries.flatMap((query) =>
        features.filter((one) => one["feature-type"] === query["feature-type"] && matches(query.match, one.id)),
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

/**
 * `*` stands for anything; everything else is literal. A stranger's pattern never becomes a regular expression, but
 * the `.*` of clients that take it for one means the same.
 */
function matches(pattern: string, id: string): boolean {
  const [first = "", ...rest] = pattern.replaceAll(".*", "*").split("*")
  if (rest.length === 0) return id === first
  if (!id.startsWith(first)) return false
  const last = rest.pop() ?? ""
  let at = first.length
  for (const part of rest) {
    const found = id.indexOf(part, at)
    if (found === -1) return false
    at = found + part.length
  }
  return id.length - last.length >= at && id.endsWith(last)
}

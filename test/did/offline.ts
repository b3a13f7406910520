import { systemClock } from "../../src/base/clock.ts"
import { createFetcher } from "../../src/did/fetch.ts"
import { createResolver } from "../../src/did/resolver.ts"

/** A fresh resolver that cannot reach anything. */
export const offline = () =>
  createResolver({ fetcher: createFetcher({ policy: "off", clock: systemClock }), clock: systemClock })

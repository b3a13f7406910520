/** A thread for one work, so that the server goes on meanwhile. An entry point of its own in a build. */

import { type Failure, toFailure } from "../../faults.ts"
import { here, type WorkName } from "./works.ts"

export type Order = { readonly name: WorkName; readonly given: never }
export type Result = { readonly value: unknown } | Failure

declare const self: Worker

self.onmessage = async ({ data: { name, given } }: MessageEvent<Order>) => postMessage(await outcome(name, given))

async function outcome(name: WorkName, given: never): Promise<Result> {
  try {
    return { value: await here(name, given) }
  } catch (thrown) {
    return toFailure(thrown)
  }
}

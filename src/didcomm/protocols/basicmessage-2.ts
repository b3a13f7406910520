import * as v from "valibot"
import { on, type Protocol, protocol } from "../registry.ts"

const Content = v.looseObject({ content: v.string() })

/** basicmessage/2.0 — https://didcomm.org/basicmessage/2.0. Nobody reads chat here: understood, and left at that. */
export function basicMessage(): Protocol {
  return protocol("https://didcomm.org/basicmessage/2.0", ["receiver"], {
    message: on("proven", Content, async () => null),
  })
}

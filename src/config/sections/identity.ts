import { choices } from "../kinds.ts"
import { setting } from "../setting.ts"

export const identity = {
  methods: setting(
    choices(["peer2", "web"]),
    ["peer2", "web"],
    "The DID methods under which the mediator answers; did:web needs a public URL with https, or on localhost.",
  ),
}

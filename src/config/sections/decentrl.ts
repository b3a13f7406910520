import { choices, count, KiB, size, yesOrNo } from "../kinds.ts"
import { setting } from "../setting.ts"

export const decentrl = {
  enabled: setting(yesOrNo, true, "Whether Decentrl is spoken at /decentrl and /public."),
  sender_methods: setting(
    choices(["decentrl", "web"]),
    ["decentrl"],
    "The DID methods of those who sign; did:web makes the mediator fetch documents from other hosts.",
  ),
  max_payload: setting(size(KiB), 256 * KiB, "The largest payload of one event or contract request."),
  max_events: setting(count(1, 1_000), 100, "Events that one command may save."),
  max_tags: setting(count(1, 1_000), 32, "Tags that one event may have."),
  max_tag_length: setting(count(1, 10_000), 512, "Characters one tag may have."),
  max_contract_requests: setting(count(1), 100, "Contract requests that may wait for one identity."),
  contract_requests_per_hour: setting(
    count(1),
    5,
    "Contract requests one sender may send to one recipient in an hour.",
  ),
}

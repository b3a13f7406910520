import { count, duration, MINUTE, SECOND } from "../kinds.ts"
import { setting } from "../setting.ts"

export const limits = {
  per_address: setting(
    count(0, 1_000_000),
    50,
    "Requests and WebSocket frames a second from one client address, or one IPv6 /64; 0 is no limit.",
  ),
  forwards_per_address: setting(
    count(0, 1_000_000),
    25,
    "Forwards and other messages without a proven sender that one address may send in a second; 0 is no limit.",
  ),
  per_did: setting(
    count(0, 1_000_000),
    25,
    "Requests a second from one DID; calls for mail count apart, and are delayed instead of refused. 0 is no limit.",
  ),
  burst: setting(
    duration(SECOND, MINUTE),
    10 * SECOND,
    "How much of these limits may be saved up in a silence and then be used at once; also the longest that anybody is made to wait.",
  ),
  connections_per_address: setting(
    count(0, 1_000_000),
    256,
    "Requests under way and WebSockets of one client address, or one IPv6 /64; 0 is no limit.",
  ),
}

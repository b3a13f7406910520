import type { Row } from "./row.ts"

/** Failures of envelopes and messages. */
export const didcommFaults = {
  "message.too_often": {
    http: 429,
    problem: "e.p.me.res",
    decentrl: "RATE_LIMITED",
    tell: "nobody",
    retry: 1,
    say: "Too many messages come from this sender; Retry-After says when there is room again.",
  },
  "envelope.malformed": {
    http: 400,
    problem: "e.p.msg",
    decentrl: "INVALID_COMMAND",
    tell: "nobody",
    say: "The envelope does not follow DIDComm v2.",
  },
  // One code for every way in which opening fails: telling them apart would help only an attacker.
  "envelope.unreadable": {
    http: 400,
    problem: "e.p.trust.crypto",
    decentrl: "INVALID_PAYLOAD",
    tell: "nobody",
    say: "The envelope cannot be opened.",
  },
  "envelope.inconsistent": {
    http: 400,
    problem: "e.p.trust",
    decentrl: "INVALID_COMMAND",
    tell: "nobody",
    say: "The message's from and to do not agree with the keys of its envelope.",
  },
  "envelope.replayed": {
    http: 409,
    problem: "e.p.crypto.message.dejavu",
    decentrl: "NONCE_ALREADY_USED",
    tell: "proven",
    say: "This message was received and processed before.",
  },
  "message.malformed": {
    http: 400,
    problem: "e.p.msg",
    decentrl: "INVALID_PAYLOAD",
    tell: "proven",
    say: "The message's body does not fit its type.",
  },
  "message.unsupported": {
    http: 400,
    problem: "e.p.msg.unsupported",
    decentrl: "UNKNOWN_COMMAND",
    tell: "proven",
    say: "The message type '{1}' is not supported in this role or version.",
  },
  "message.invalid": {
    http: 400,
    problem: "e.m.msg",
    decentrl: "INVALID_PAYLOAD",
    tell: "proven",
    say: "A member of the message's body is out of range.",
  },
  "message.expired": {
    http: 400,
    problem: "e.m.req.time",
    decentrl: "TIMESTAMP_OUT_OF_RANGE",
    tell: "proven",
    say: "The message had expired when it arrived.",
  },
  "message.unproven": {
    http: 400,
    problem: "e.p.trust",
    decentrl: "INVALID_SIGNATURE",
    tell: "nobody",
    say: "This request needs a sender whose key authenticates the envelope.",
  },
  "message.too_many_errors": {
    http: 429,
    problem: "e.p.req.max-errors-exceeded",
    decentrl: "RATE_LIMITED",
    tell: "proven",
    say: "Too many errors on this thread; nothing more will be said on it.",
  },
  "message.live_mode": {
    http: 400,
    problem: "e.m.live-mode-not-supported",
    decentrl: "INVALID_COMMAND",
    tell: "proven",
    say: "Connection does not support Live Delivery",
  },
} as const satisfies Record<string, Row>

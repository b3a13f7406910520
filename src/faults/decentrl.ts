import type { Row } from "./row.ts"

/** Failures of commands and contracts. */
export const decentrlFaults = {
  "command.replayed": {
    http: 409,
    problem: "e.p.crypto.message.dejavu",
    decentrl: "NONCE_ALREADY_USED",
    tell: "anyone",
    say: "This command was received and processed before.",
  },
  "command.malformed": {
    http: 400,
    problem: "e.p.msg",
    decentrl: "INVALID_COMMAND",
    tell: "nobody",
    say: "The command is not one JSON object with header, payload and signature as they are defined.",
  },
  "command.addressee": {
    http: 400,
    problem: "e.p.msg",
    decentrl: "INVALID_COMMAND",
    tell: "nobody",
    say: "header.recipient_did is not whom this command is for.",
  },
  "command.time": {
    http: 401,
    problem: "e.p.req.time",
    decentrl: "TIMESTAMP_OUT_OF_RANGE",
    tell: "nobody",
    say: "The timestamp is more than five minutes away from this mediator's clock.",
  },
  "command.signature": {
    http: 401,
    problem: "e.p.trust.crypto",
    decentrl: "INVALID_SIGNATURE",
    tell: "nobody",
    say: "The signature was not made by the named key of the sender, or not over this.",
  },
  "command.unknown": {
    http: 400,
    problem: "e.p.msg.unsupported",
    decentrl: "UNKNOWN_COMMAND",
    tell: "nobody",
    say: "There is no command of this type on this channel.",
  },
  "command.body": {
    http: 400,
    problem: "e.p.msg",
    decentrl: "INVALID_PAYLOAD",
    tell: "nobody",
    say: "The fields of the payload are not those of its command, or out of range.",
  },
  "contract.invalid": {
    http: 403,
    problem: "e.p.trust",
    decentrl: "COMMUNICATION_CONTRACT_NOT_VALID",
    tell: "nobody",
    say: "There is no communication contract that covers this, or the one given does not verify or has expired.",
  },
} as const satisfies Record<string, Row>

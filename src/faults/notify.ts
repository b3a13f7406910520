import type { Row } from "./row.ts"

/** Failures of telling owners that mail waits. */
export const notifyFaults = {
  "notify.off": {
    http: 409,
    problem: "e.p.req",
    decentrl: "INTERNAL_ERROR",
    tell: "proven",
    say: "This mediator tells nobody that mail waits: notify.outbound is off.",
  },
  "notify.target": {
    http: 400,
    problem: "e.p.msg",
    decentrl: "INVALID_COMMAND",
    tell: "proven",
    say: "Nobody can be told there: {1}.",
  },
  "notify.none": {
    http: 404,
    problem: "e.p.req",
    decentrl: "NOT_FOUND",
    tell: "nobody",
    say: "There is no place to tell {1} that mail waits; set one first.",
  },
} as const satisfies Record<string, Row>

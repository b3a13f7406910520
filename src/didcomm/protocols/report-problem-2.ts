import * as v from "valibot"
import type { Log } from "../../base/log.ts"
import { on, type Protocol, protocol } from "../registry.ts"

const Report = v.looseObject({ code: v.pipe(v.string(), v.maxLength(256)) })

/** report-problem/2.0 — https://didcomm.org/report-problem/2.0. Noted for the operator; never answered, so no two can loop. */
export function reportProblem(log: Log): Protocol {
  return protocol("https://didcomm.org/report-problem/2.0", ["notifiee"], {
    "problem-report": on("proven", Report, async ({ body, sender }) => {
      log.info("didcomm.problem_reported", { code: body.code, by: sender.did })
      return null
    }),
  })
}

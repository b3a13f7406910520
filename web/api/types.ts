/** The API's answers, as its own schemas describe them. */

import type { InferOutput } from "valibot"
import type { auditLine } from "../../src/admin/endpoints/audit.ts"
import type { connection } from "../../src/admin/endpoints/connections.ts"
import type { history } from "../../src/admin/endpoints/history.ts"
import type { intakeMode } from "../../src/admin/endpoints/intake.ts"
import type { invite } from "../../src/admin/endpoints/invites.ts"
import type { limitsState } from "../../src/admin/endpoints/limits.ts"
import type { queue } from "../../src/admin/endpoints/queues.ts"
import type { detailed, shown, sorts } from "../../src/admin/endpoints/registrations.ts"
import type { tested } from "../../src/admin/endpoints/self-test.ts"
import type { me } from "../../src/admin/endpoints/session.ts"
import type { setting } from "../../src/admin/endpoints/settings.ts"
import type { snapshot, status } from "../../src/admin/endpoints/status.ts"
import type { erasure, lanes, states } from "../../src/admin/shapes.ts"

export type Account = InferOutput<typeof shown>
export type AccountDetail = InferOutput<typeof detailed>
export type AuditLine = InferOutput<typeof auditLine>
export type Connection = InferOutput<typeof connection>
export type Erasure = InferOutput<typeof erasure>
export type History = InferOutput<typeof history>
export type IntakeMode = InferOutput<typeof intakeMode>
export type Invite = InferOutput<typeof invite>
export type Lane = (typeof lanes)[number]
export type Limits = InferOutput<typeof limitsState>
export type Me = InferOutput<typeof me>
export type Queue = InferOutput<typeof queue>
export type Setting = InferOutput<typeof setting>
export type Snapshot = InferOutput<typeof snapshot>
export type Sort = (typeof sorts)[number]
export type State = (typeof states)[number]
export type TestedHop = InferOutput<typeof tested>
export type Status = InferOutput<typeof status>

/** A page of a list, and the cursor of the next. */
export type Page<T> = { readonly items: readonly T[]; readonly total: number; readonly next: string | null }

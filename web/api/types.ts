/** The API's answers, as its own schemas describe them. */

import type { InferOutput } from "valibot"
import type { about } from "../../src/admin/endpoints/about.ts"
import type { admin, token } from "../../src/admin/endpoints/admins.ts"
import type { auditLine } from "../../src/admin/endpoints/audit.ts"
import type { kept, listed, prospect } from "../../src/admin/endpoints/backups.ts"
import type { connection } from "../../src/admin/endpoints/connections.ts"
import type { report } from "../../src/admin/endpoints/doctor.ts"
import type { history } from "../../src/admin/endpoints/history.ts"
import type { identity } from "../../src/admin/endpoints/identity.ts"
import type { intakeMode } from "../../src/admin/endpoints/intake.ts"
import type { invite } from "../../src/admin/endpoints/invites.ts"
import type { limitsState } from "../../src/admin/endpoints/limits.ts"
import type { notice } from "../../src/admin/endpoints/notices.ts"
import type { queue } from "../../src/admin/endpoints/queues.ts"
import type { detailed, shown, sorts } from "../../src/admin/endpoints/registrations.ts"
import type { tested } from "../../src/admin/endpoints/self-test.ts"
import type { me, shownSession } from "../../src/admin/endpoints/session.ts"
import type { changedSetting, setting } from "../../src/admin/endpoints/settings.ts"
import type { snapshot, status } from "../../src/admin/endpoints/status.ts"
import type { storage } from "../../src/admin/endpoints/storage.ts"
import type { erasure, lanes, states } from "../../src/admin/shapes.ts"

export type About = InferOutput<typeof about>
export type Account = InferOutput<typeof shown>
export type AccountDetail = InferOutput<typeof detailed>
export type Admin = InferOutput<typeof admin>
export type ApiToken = InferOutput<typeof token>
export type AuditLine = InferOutput<typeof auditLine>
export type Backup = InferOutput<typeof kept>
export type Backups = InferOutput<typeof listed>
export type ChangedSetting = InferOutput<typeof changedSetting>
export type Connection = InferOutput<typeof connection>
export type Examination = InferOutput<typeof report>
export type Erasure = InferOutput<typeof erasure>
export type History = InferOutput<typeof history>
export type Identity = InferOutput<typeof identity>
export type IntakeMode = InferOutput<typeof intakeMode>
export type Invite = InferOutput<typeof invite>
export type Lane = (typeof lanes)[number]
export type Limits = InferOutput<typeof limitsState>
export type Me = InferOutput<typeof me>
export type Notify = InferOutput<typeof notice>
export type Prospect = InferOutput<typeof prospect>
export type Queue = InferOutput<typeof queue>
export type SessionLine = InferOutput<typeof shownSession>
export type Setting = InferOutput<typeof setting>
export type Snapshot = InferOutput<typeof snapshot>
export type Sort = (typeof sorts)[number]
export type State = (typeof states)[number]
export type Storage = InferOutput<typeof storage>
export type TestedHop = InferOutput<typeof tested>
export type Status = InferOutput<typeof status>

/** A page of a list, and the cursor of the next. */
export type Page<T> = { readonly items: readonly T[]; readonly total: number; readonly next: string | null }

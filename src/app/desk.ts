import { statSync } from "node:fs"
import { resolve } from "node:path"
import { type Auth, createAuth } from "../admin/auth.ts"
import type { IdentityDesk } from "../admin/endpoints/identity.ts"
import { systemClock } from "../base/clock.ts"
import { createLog } from "../base/log.ts"
import { systemRandom } from "../base/random.ts"
import { forbidden } from "../config/chosen.ts"
import type { Settings } from "../config/schema.ts"
import type { Self } from "../did/self.ts"
import { invitation } from "../didcomm/protocols/out-of-band-2.ts"
import { Fault } from "../faults.ts"
import { type Accounts, createAccounts } from "../mailbox/accounts.ts"
import { createIntake, type Intake } from "../mailbox/intake.ts"
import { createInvites, type Invites } from "../mailbox/invites.ts"
import type { NoticeDesk } from "../mailbox/notice-ports.ts"
import type { AuditStore } from "../mailbox/operator-ports.ts"
import type { Store } from "../store/store.ts"
import { type Backups, createBackups } from "./backup/backups.ts"
import { finishRestore } from "./backup/restore.ts"
import { here } from "./backup/works.ts"
import { checkUser, readIdentityFile } from "./identity.ts"
import { createIdentityDesk } from "./identity-desk.ts"
import { openNoticeDesk } from "./notify.ts"
import { openStoreOf } from "./open-store.ts"

export { type Scope, scopes } from "../admin/api-tokens.ts"
export type { IdentityReport } from "../admin/endpoints/identity.ts"
export type { Actor, Transition } from "../mailbox/accounts.ts"
export type { IntakeMode } from "../mailbox/intake.ts"
export type { InviteState } from "../mailbox/invites.ts"
export type { RegistrationState } from "../mailbox/model.ts"
export type { ShownNotice, Wish } from "../mailbox/notice-ports.ts"
export type { Account, AccountQuery, AuditLine, Erasure, Invite, Overrides } from "../mailbox/operator-ports.ts"

/** The operator's side of a mediator that need not be running. Disposing it closes the store. */
export type Desk = AsyncDisposable & {
  readonly accounts: Accounts
  readonly invites: Invites
  readonly audit: { readonly lines: AuditStore["auditLines"]; readonly verify: AuditStore["verifyAudit"] }
  /** Who may sign in to the admin API, and its tokens. */
  readonly auth: Auth
  readonly intake: Intake
  /** The mediator's own keys. */
  readonly identity: IdentityDesk
  readonly backups: Backups
  /** Telling owners that mail waits. */
  readonly notices: NoticeDesk
  readonly store: Store
  readonly self: Self
  /** The out-of-band invitation whose id is the invite's, as the link that wallets take. */
  inviteUrl(id: string): string
}

/**
 * The desk of the mediator that `settings` name. A server that runs on the same database notices what is changed here.
 * Creates no folder and no identity. Faults: identity.unusable, folder.forbidden, store.unusable, store.failed.
 */
export async function openDesk(
  settings: Settings,
  { clock = systemClock, random = systemRandom, write = (line: string) => void process.stderr.write(line) } = {},
): Promise<Desk> {
  const log = createLog({ ...settings.log, level: "warn", clock, write })
  checkUser(settings)
  // Before the identity is looked for: a restore may bring it.
  await finishRestore(resolve(settings.server.data_dir), { clock, random, log })
  const self = await identityOf(settings)
  const { public_url: publicUrl } = settings.server
  const store = await openStoreOf(settings, { clock, random, log, writer: "in-place" }, here)
  return {
    accounts: createAccounts(store, { clock }),
    invites: createInvites(store, { clock, random }),
    audit: { lines: store.auditLines, verify: store.verifyAudit },
    auth: createAuth(store, {
      clock,
      random,
      log,
      idle: settings.admin.session_idle,
      absolute: settings.admin.session_absolute,
    }),
    intake: createIntake(store),
    identity: createIdentityDesk({
      settings,
      self: () => readIdentityFile(settings, clock) ?? self,
      changed: () => {},
      store,
      clock,
      random,
    }),
    // What fails is what the command says.
    backups: createBackups({ settings, store, work: here, clock, log: { ...log, error() {} } }),
    notices: openNoticeDesk(settings, store, { clock, random, log, count() {}, changed: async () => {} }).desk,
    store,
    self,
    inviteUrl: (id) => invitation(self.did, publicUrl, id).url,
    [Symbol.asyncDispose]: () => store[Symbol.asyncDispose](),
  }
}

/** The identity in the data folder; creates none. Faults: identity.unusable, folder.forbidden. */
export async function identityOf(settings: Settings): Promise<Self> {
  const folder = resolve(settings.server.data_dir)
  checkAccess(folder)
  const self = readIdentityFile(settings)
  if (self) return self
  const detail = `there is no identity in ${settings.server.data_dir} yet: restante init or restante serve creates it`
  throw new Fault("identity.unusable", { detail })
}

// Without this, a folder that only the mediator's user may enter would look like an empty one.
function checkAccess(folder: string): void {
  try {
    statSync(`${folder}/.`)
  } catch (cause) {
    if ((cause as NodeJS.ErrnoException).code === "EACCES") throw forbidden(folder, cause)
  }
}

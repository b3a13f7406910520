/** How a line of the audit is told. */

/** What was done, in the words that follow who did it. */
const deeds: Readonly<Record<string, string>> = {
  "registration.own": "is the mediator itself, with a mailbox of its own",
  "registration.pending": "asked for a mailbox",
  "registration.approve": "approved",
  "registration.approved": "was given a mailbox",
  "registration.denied": "was turned away",
  "registration.deny": "denied",
  "registration.suspend": "suspended",
  "registration.resume": "resumed",
  "registration.revoke": "revoked",
  "registration.forget": "forgot",
  "registration.pruned": "forgot, after a long silence,",
  "registration.expired": "forgot a request that waited too long",
  "registration.lane": "began to use another protocol",
  "registration.rotated": "moved to a new DID",
  "registration.disconnect": "disconnected",
  "registration.describe": "described",
  "registration.purge": "emptied the mailbox of",
  "registration.release": "released an address of",
  "registration.notify": "set the notifications of",
  "registration.notify_off": "turned off the notifications of",
  "registration.notify_gone": "gave up the notifications of",
  "connection.close": "closed a connection of",
  "settings.change": "changed",
  "invite.create": "made the invite",
  "invite.revoke": "revoked the invite",
  "token.create": "made the token",
  "token.revoke": "revoked the token",
  "admin.create": "made an admin of",
  "admin.remove": "removed the admin",
  "admin.password": "set the password of",
  "admin.totp_on": "turned on the authenticator app of",
  "admin.totp_off": "turned off the authenticator app of",
  "admin.recovery_code": "used a recovery code of",
  "admin.sign_in": "signed in",
  "admin.session_end": "ended a session of",
  "backup.made": "made the backup",
  "backup.deleted": "deleted the backup",
  "backup.restored": "restored the backup",
  "backup.rotated": "deleted, when there were newer ones, the backup",
  "backup.downloaded": "downloaded the backup",
  "identity.rotated": "replaced the mediator’s keys",
  "identity.extended": "gave the earlier keys more time",
  "identity.exported": "exported the mediator’s keys",
}

/** The same where somebody did it to themselves. */
const ownDeeds: Readonly<Record<string, string>> = {
  "registration.notify": "set its notifications",
  "registration.notify_off": "turned off its notifications",
  "admin.create": "became an admin",
  "admin.remove": "is no admin any more",
  "admin.password": "set a new password",
  "admin.totp_on": "turned on an authenticator app",
  "admin.totp_off": "turned off the authenticator app",
  "admin.recovery_code": "used a recovery code",
  "admin.session_end": "ended an own session",
}

export const deedOf = (action: string, { isOwn }: { isOwn: boolean }): string =>
  (isOwn && ownDeeds[action]) || (deeds[action] ?? action.replaceAll(/[._]/g, " "))

export type Change = { readonly name: string; readonly before: string; readonly after: string }

/** `1 → 2` or `label "" → "Ada"; messages 5 → null`; none where anything else is said. */
export function changesOf(detail: string): readonly Change[] {
  const found = detail.split("; ").map((part) => /^(?:(\w+) )?([^→]+) → ([^→]+)$/.exec(part))
  if (!found.every((one) => one !== null)) return []
  return found.map(([, name = "", before = "", after = ""]) => ({ name, before, after }))
}

/** `ada@127.0.0.1`, `token:backup@::1`, `ada@local`, a DID, or a part of the mediator. */
export function actorOf(actor: string): { readonly name: string; readonly place: string; readonly isToken: boolean } {
  const [, token, name, place] = /^(token:)?([^@:]+)@(.*)$/.exec(actor) ?? []
  if (name === undefined) return { name: actor, place: "", isToken: false }
  return { name, place: place === "local" ? "on this machine" : (place ?? ""), isToken: token !== undefined }
}

const UUID = /^([\da-f]{8})-[\da-f-]{27}$/

/** Invites and tokens are known by the beginning of their id. */
export const shortSubject = (subject: string): string => UUID.exec(subject)?.[1] ?? subject

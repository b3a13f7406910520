import * as v from "valibot"
import type { Actor } from "../../mailbox/accounts.ts"
import { endpoint, raw } from "../endpoint.ts"
import { amount, done, dryRun, maybeMoment, moment, ok } from "../shapes.ts"

export const kept = v.object({
  name: v.string(),
  at: moment,
  bytes: amount,
  isVerified: v.boolean(),
  isEncrypted: v.boolean(),
  messages: v.pipe(v.nullable(amount), v.metadata({ description: "Null while it was not verified here." })),
  registrations: v.nullable(amount),
  schema: v.nullable(amount),
})
type Kept = Readonly<v.InferOutput<typeof kept>>

export const listed = v.object({
  items: v.array(kept),
  schedule: v.string(),
  keep: amount,
  dir: v.string(),
  nextAt: maybeMoment,
  failure: v.pipe(
    v.nullable(v.object({ at: moment, why: v.string() })),
    v.metadata({ description: "The last that failed, until one succeeds." }),
  ),
})

const lostOrNull = v.nullable(amount)
export const prospect = v.object({
  dryRun: v.boolean(),
  at: moment,
  restante: v.string(),
  schema: amount,
  messages: amount,
  registrations: amount,
  lost: v.pipe(lostOrNull, v.metadata({ description: "Messages that came since; null where that cannot be known." })),
  again: v.pipe(lostOrNull, v.metadata({ description: "Messages that left since, and would wait again." })),
  lostRegistrations: lostOrNull,
})
type Prospect = Readonly<Omit<v.InferOutput<typeof prospect>, "dryRun" | "lost" | "again" | "lostRegistrations">> & {
  readonly difference: { readonly lost: number; readonly again: number; readonly lostRegistrations: number } | null
}

/** The backups of the running mediator. Rejects with backup.* Faults. */
export type BackupDesk = {
  list(): Promise<{
    readonly items: readonly Kept[]
    readonly schedule: string
    readonly keep: number
    readonly dir: string
    readonly nextAt: number | null
  }>
  failure(): { readonly at: number; readonly why: string } | null
  make(by: Actor): Promise<Kept>
  verify(name: string): Promise<Kept>
  remove(name: string, by: Actor): Promise<void>
  /** The path of its file. */
  fetch(name: string, by: Actor): Promise<string>
  prospect(name: string): Promise<Prospect>
  /** The mediator starts again on it, some moments later. */
  restore(name: string, by: Actor): Promise<Prospect>
}

const nowhere = { lost: null, again: null, lostRegistrations: null }

export const backupEndpoints = (backups: BackupDesk) => [
  endpoint({
    method: "GET",
    path: "/backups",
    access: "read",
    summary: "The backups that are there, the newest first.",
    answer: listed,
    handle: async () => ({ ...(await backups.list()), failure: backups.failure() }),
  }),
  endpoint({
    method: "POST",
    path: "/backups",
    access: "admin",
    summary: "Make a backup and verify it, which takes as long as it takes.",
    answer: kept,
    async handle(_, { caller, keepOpen }) {
      keepOpen()
      return backups.make(caller.actor)
    },
  }),
  raw({
    method: "GET",
    path: "/backups/:name/file",
    access: "admin",
    isDangerous: true,
    summary: "The backup's file. It holds the mediator's keys: whoever has it, and its passphrase, is the mediator.",
    media: ["application/octet-stream"],
    async handle(_, { param, caller, keepOpen }) {
      const path = await backups.fetch(param("name"), caller.actor)
      keepOpen()
      return new Response(Bun.file(path), {
        headers: {
          "Content-Type": "application/octet-stream",
          "Content-Disposition": `attachment; filename="${param("name")}"`,
        },
      })
    },
  }),
  endpoint({
    method: "POST",
    path: "/backups/:name/verify",
    access: "admin",
    summary: "Read all of a backup, to see that it is whole.",
    answer: kept,
    async handle(_, { param, keepOpen }) {
      keepOpen()
      return backups.verify(param("name"))
    },
  }),
  endpoint({
    method: "DELETE",
    path: "/backups/:name",
    access: "admin",
    isDangerous: true,
    summary: "Delete a backup; never the newest that was verified.",
    answer: done,
    async handle(_, { param, caller }) {
      await backups.remove(param("name"), caller.actor)
      return ok
    },
  }),
  endpoint({
    method: "POST",
    path: "/backups/:name/restore",
    access: "admin",
    isDangerous: true,
    summary: "Put the backup in the place of what is there, and start again on it; or only say what that would do.",
    body: dryRun,
    answer: prospect,
    async handle({ body }, { param, caller, keepOpen }) {
      keepOpen()
      const name = param("name")
      const found = body.dryRun ? await backups.prospect(name) : await backups.restore(name, caller.actor)
      return { ...found, ...(found.difference ?? nowhere), dryRun: body.dryRun }
    },
  }),
]

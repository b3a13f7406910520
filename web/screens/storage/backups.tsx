import { useState } from "preact/hooks"
import { confirmedLately, post, remove } from "../../api/client.ts"
import { useResource } from "../../api/resource.ts"
import type { Backup, Backups as List } from "../../api/types.ts"
import { Badge } from "../../kit/badge.tsx"
import { Button } from "../../kit/button.tsx"
import { confirmed } from "../../kit/confirm.tsx"
import { save } from "../../kit/download.ts"
import { FormError, useAction } from "../../kit/form.tsx"
import { bytes, count, dayAndTime } from "../../kit/format.ts"
import { Card, Notice } from "../../kit/page.tsx"
import { Empty, Loaded } from "../../kit/states.tsx"
import { type Column, Table } from "../../kit/table.tsx"
import { Ago } from "../../kit/time.tsx"
import { toast } from "../../kit/toast.tsx"
import { to } from "../../router.ts"
import { restore } from "./restore.tsx"
import { Elapsed, Restarting } from "./waiting.tsx"

const at = ({ name }: Backup) => `/backups/${encodeURIComponent(name)}`

/** "03:15" or "every 6h". */
const rhythmOf = (schedule: string) => (schedule.startsWith("every") ? schedule : `every day at ${schedule}`)

const figure = (amount: number | null) => (amount === null ? "–" : count(amount))

const columns: readonly Column<Backup>[] = [
  {
    title: "Backup",
    isHeading: true,
    cell: ({ at: made, name }) => (
      <>
        <b>{dayAndTime(made)}</b>{" "}
        <small>
          <Ago at={made} />
        </small>
        <br />
        <small>{name}</small>
      </>
    ),
  },
  {
    title: "State",
    cell: ({ isVerified, isEncrypted }) => (
      <>
        <Badge tone={isVerified ? "good" : "wait"}>{isVerified ? "verified" : "not verified"}</Badge>
        {isEncrypted && <Badge tone="accent">encrypted</Badge>}
      </>
    ),
  },
  { title: "Messages", isNumber: true, cell: ({ messages }) => figure(messages) },
  { title: "Members", isNumber: true, cell: ({ registrations }) => figure(registrations) },
  { title: "Size", isNumber: true, cell: (one) => bytes(one.bytes) },
]

/** What there is to go back to, and how to make more of it. */
export function Backups() {
  const list = useResource<List>("/backups", ["backup."])
  const making = useAction()
  const [since, setSince] = useState<number | null>(null)

  const make = () =>
    making.run(async () => {
      const made = await post<Backup>("/backups")
      toast(`${made.name} is made and verified.`)
    })
  return (
    <Card
      title="Backups"
      lead="Each is one file with everything: the mail, the members, and the mediator’s keys."
      actions={
        <Button tone="main" icon="disk" isBusy={making.isBusy} onClick={make}>
          Back up now
        </Button>
      }
    >
      <div class="stack">
        {making.isBusy && (
          <Notice>
            <p role="status">
              A backup is being made and read back; the mediator goes on meanwhile. <Elapsed />
            </p>
          </Notice>
        )}
        <FormError>{making.error?.message}</FormError>
        <Loaded of={list} lines={4}>
          {(found) => <Kept of={found} onRestart={() => setSince(Date.now())} />}
        </Loaded>
      </div>
      {since !== null && <Restarting />}
    </Card>
  )
}

const Kept = ({ of, onRestart }: { of: List; onRestart: () => void }) => (
  <div class="stack">
    {of.failure && (
      <Notice tone="danger">
        <p>
          The last one failed <Ago at={of.failure.at} />: {of.failure.why}
        </p>
      </Notice>
    )}
    {of.items.length === 0 ? (
      <Empty title="There is no backup yet" postmark="NOTHING KEPT">
        <p>Make one now, and keep a copy of it on another machine.</p>
      </Empty>
    ) : (
      <Table
        caption="Backups"
        columns={columns}
        rows={of.items}
        keyOf={({ name }) => name}
        actions={(one) => <Deeds of={one} onRestart={onRestart} />}
      />
    )}
    <p class="soft">
      {of.schedule === "off" ? "None is made by itself." : `One is made ${rhythmOf(of.schedule)}.`}{" "}
      {of.nextAt !== null && (
        <>
          The next one <Ago at={of.nextAt} />.{" "}
        </>
      )}
      The newest {of.keep} that are verified are kept in <code>{of.dir}</code>.{" "}
      <a href={to(["settings"], { section: "backup" })}>Change that</a>
    </p>
  </div>
)

/** What can be done with a backup. */
function Deeds({ of, onRestart }: { of: Backup; onRestart: () => void }) {
  const { isBusy, run } = useAction()
  /** A refusal is told where all else is, too. */
  const doing = (work: () => Promise<unknown>) => work().catch(tellIt)
  const verify = async () => {
    await post(`${at(of)}/verify`)
    toast(`${of.name} is whole.`)
  }
  const download = async () => {
    await confirmedLately()
    save(`api${at(of)}/file`)
  }
  const drop = async () => {
    const isDone = await confirmed({
      title: "Delete this backup?",
      say: `${of.name} is gone then. The newest verified one always stays.`,
      act: "Delete it",
      isDangerous: true,
      run: () => remove(at(of)),
    })
    if (isDone) toast(`${of.name} is deleted.`)
  }
  const bringBack = async () => {
    if (await restore(of, at(of))) onRestart()
  }
  return (
    <div class="deeds">
      <Button tone="quiet" isSmall isBusy={isBusy} onClick={() => run(() => doing(verify))}>
        Verify
      </Button>
      <Button tone="quiet" isSmall onClick={() => doing(download)}>
        Download
      </Button>
      <Button tone="quiet" isSmall onClick={() => doing(bringBack)}>
        Restore
      </Button>
      <Button tone="quiet" isSmall onClick={() => doing(drop)}>
        Delete
      </Button>
    </div>
  )
}

function tellIt(thrown: unknown): void {
  if ((thrown as { code?: string }).code !== "cancelled") {
    toast(thrown instanceof Error ? thrown.message : String(thrown), "danger")
  }
}

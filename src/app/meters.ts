import type { Clock } from "../base/clock.ts"
import { createMetrics, type Reading } from "../base/metrics.ts"
import type { Mailboxes } from "../mailbox/mailboxes.ts"
import type { Lane, Message } from "../mailbox/model.ts"
import type { MeasureStore } from "../mailbox/operator-ports.ts"
import type { MailboxStore } from "../mailbox/ports.ts"
import type { StoreMeter } from "../store/store.ts"
import type { Door } from "../transport/http.ts"
import type { Tally } from "../transport/tally.ts"
import type { Outbound } from "../wire.ts"
import type { Backups } from "./backup/backups.ts"
import { openFiles, processorSeconds, watchLoop } from "./process.ts"
import { createPulse } from "./pulse.ts"
import { createRefusals, type Refuser } from "./refusals.ts"
import type { Tls } from "./tls.ts"

const SECONDS = [0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
const GROUPS = [1, 2, 4, 8, 16, 32, 64, 128, 256, 512]
/** One look at the store serves all figures of a scrape, and the scrapes of others. */
const MEASURE_EVERY_MS = 5_000

export type Meters = ReturnType<typeof createMeters>

/** Every figure that the mediator gives away about itself; docs/limits.md lists them. */
export function createMeters({ clock, version }: { clock: Clock; version: string }) {
  const metrics = createMetrics()
  const refusals = createRefusals(clock)
  const pulse = createPulse(clock)
  metrics.reading("restante_build_info", "Always 1; the label says which version runs.", "gauge", [
    [{ version }, () => 1],
  ])
  const messagesIn = metrics.counter("restante_messages_in_total", "Messages for mailboxes, by lane and result.")
  const messagesOut = metrics.counter("restante_messages_out_total", "Messages handed out or gone, by lane and result.")
  const expired = metrics.counter("restante_messages_expired_total", "Messages deleted because nobody fetched them.")
  expired.add({}, 0)
  const requests = metrics.counter("restante_requests_total", "Envelopes and commands, by lane and result.")
  const refused = metrics.counter("restante_refusals_total", "What was refused, by whom and why.")
  const responses = metrics.counter("restante_http_responses_total", "HTTP responses by status.")
  const responseTimes = metrics.histogram("restante_http_response_seconds", "Time to answer a request.", SECONDS)
  const commits = metrics.histogram("restante_store_commit_acts", "Changes that one commit held.", GROUPS)
  const commitTimes = metrics.histogram("restante_store_commit_seconds", "Time to put a group on disk.", SECONDS)
  const lag = metrics.histogram("restante_event_loop_lag_seconds", "By how much the event loop came late.", SECONDS)
  let queued = 0
  metrics.reading("restante_store_queue", "Changes that wait for the disk.", "gauge", () => queued)
  const started = clock.now() / 1000
  metrics.reading("restante_process_start_time_seconds", "When the process started.", "gauge", () => started)
  metrics.reading("restante_process_cpu_seconds_total", "Processor time used.", "counter", processorSeconds)
  metrics.reading("restante_process_resident_memory_bytes", "Memory held.", "gauge", () => process.memoryUsage.rss())
  metrics.reading("restante_process_open_fds", "Files and sockets that are open.", "gauge", openFiles)

  const notices = metrics.counter("restante_notifications_total", "Notices that mail waits, by kind and result.")
  const notified = (kind: string, result: string) => notices.add({ kind, result })

  const refuse = (by: Refuser, code: Parameters<Tally["refused"]>[0]) => {
    refused.add({ by, code })
    refusals.note(by, code)
    pulse.refused(code)
  }

  const tally: Tally = {
    refused: (code) => refuse("door", code),
    answered(status, seconds) {
      responses.add({ status: String(status) })
      responseTimes.observe(seconds)
    },
  }

  const store: StoreMeter = {
    queued: (acts) => {
      queued = acts
    },
    committed(acts, seconds) {
      commits.observe(acts)
      commitTimes.observe(seconds)
      pulse.committed(acts, seconds)
    },
  }

  /** A language has dealt with something. */
  function request(lane: Lane, { status }: Outbound, refusal: Parameters<Tally["refused"]>[0] | null): void {
    requests.add({ lane, result: refusal === null ? status : "refused" })
    if (refusal !== null) refuse(lane, refusal)
  }

  /** The same mailboxes, counted. */
  const mailboxes = (real: Mailboxes): Mailboxes => ({
    ...real,
    async deposit(deposit) {
      const { lane, parcels } = deposit
      try {
        const ids = await real.deposit(deposit)
        for (const id of ids) {
          messagesIn.add({ lane, result: id === null ? "known" : "stored" })
          if (id !== null) pulse.took(lane)
        }
        return ids
      } catch (thrown) {
        messagesIn.add({ lane, result: "refused" }, parcels.length)
        throw thrown
      }
    },
    async peek(query) {
      const found = await real.peek(query)
      messagesOut.add({ lane: query.lane, result: "fetched" }, found.length)
      for (const message of found) pulse.gave(message)
      return found
    },
    async acknowledge(given) {
      const count = await real.acknowledge(given)
      messagesOut.add({ lane: given.lane, result: "acknowledged" }, count)
      return count
    },
  })

  /** A message was pushed. */
  function pushed(message: Message): void {
    messagesOut.add({ lane: message.lane, result: "pushed" })
    pulse.gave(message)
  }

  const expiry = (real: Pick<MailboxStore, "expire">): Pick<MailboxStore, "expire"> => ({
    async expire(limit) {
      const count = await real.expire(limit)
      expired.add({}, count)
      return count
    },
  })

  /** What can only be read off while they are there. Ends with what is returned. */
  function attach(door: Pick<Door, "sockets" | "pending">, store: MeasureStore): Disposable {
    metrics.reading("restante_sockets", "WebSockets that are open.", "gauge", door.sockets)
    metrics.reading("restante_requests_pending", "Requests that are read or answered.", "gauge", door.pending)
    const measured = measuring(store, clock)
    metrics.reading("restante_messages_waiting", "Messages that wait.", "gauge", measured("messages"))
    metrics.reading("restante_messages_waiting_bytes", "Bytes of those messages.", "gauge", measured("bytes"))
    metrics.reading("restante_messages_oldest_age_seconds", "Age of the oldest of them.", "gauge", async () => {
      const at = await measured("oldestAt")()
      return at === null ? null : Math.max(0, clock.now() - at) / 1000
    })
    metrics.reading("restante_store_bytes", "Size of the database's files.", "gauge", [
      [{ part: "database" }, measured("databaseBytes")],
      [{ part: "wal" }, measured("walBytes")],
    ])
    metrics.reading("restante_store_free_bytes", "Room on the database's disk.", "gauge", measured("freeBytes"))
    return watchLoop(clock, (seconds) => {
      lag.observe(seconds)
      pulse.spreads.lag.note(seconds)
    })
  }

  /** What https is served with; the figures are there with TLS only. */
  function certificate(tls: Pick<Tls, "expiresAt" | "renewals"> | null): void {
    const left = () => tls && (tls.expiresAt() - clock.now()) / 1000
    metrics.reading("restante_tls_expiry_seconds", "Until the certificate expires.", "gauge", left)
    metrics.reading("restante_tls_renewals_total", "New certificates, by result.", "counter", [
      [{ result: "taken" }, () => tls?.renewals.taken ?? null],
      [{ result: "refused" }, () => tls?.renewals.refused ?? null],
    ])
  }

  /** How old the newest verified backup is, and how many were made or failed. */
  function backups({ latest, tally }: Pick<Backups, "latest" | "tally">): void {
    metrics.reading("restante_backup_time_seconds", "When the newest verified backup was made.", "gauge", () => {
      const found = latest()
      return found && found.at / 1000
    })
    metrics.reading("restante_backups_total", "Backups since the start, by result.", "counter", [
      [{ result: "made" }, () => tally.made],
      [{ result: "failed" }, () => tally.failed],
    ])
  }

  return {
    render: metrics.render,
    names: metrics.names,
    refusals,
    pulse,
    tally,
    store,
    request,
    mailboxes,
    pushed,
    expiry,
    notified,
    attach,
    certificate,
    backups,
  }
}

type Measure = Awaited<ReturnType<MeasureStore["measure"]>>

/** Readings of one look that is not older than a few seconds; null while the store cannot say. */
function measuring(
  store: MeasureStore,
  clock: Clock,
): (name: keyof Measure) => Reading & (() => Promise<number | null>) {
  let at = Number.NEGATIVE_INFINITY
  let latest: Promise<Measure | null> = Promise.resolve(null)
  return (name) => async () => {
    if (Math.abs(clock.now() - at) >= MEASURE_EVERY_MS) {
      at = clock.now()
      latest = (async () => store.measure())().catch(() => null)
    }
    return (await latest)?.[name] ?? null
  }
}

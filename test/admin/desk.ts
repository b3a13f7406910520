/** A mediator with an admin, and browsers and programs that use its admin API over real HTTP. */

import { createAdminApi } from "../../src/admin/api.ts"
import { createAuth } from "../../src/admin/auth.ts"
import type { Endpoint } from "../../src/admin/endpoint.ts"
import { type Clock, systemClock } from "../../src/base/clock.ts"
import { createLog } from "../../src/base/log.ts"
import { systemRandom } from "../../src/base/random.ts"
import { createAccounts } from "../../src/mailbox/accounts.ts"
import { createInvites } from "../../src/mailbox/invites.ts"
import { openStore } from "../../src/store/store.ts"
import { mediator } from "../kit/mediator.ts"

export const NAME = "ada"
export const PASSWORD = "analytical engine"

/** Whatever was answered: tests look into it without checking its shape first. */
export type Json = ReturnType<typeof JSON.parse>
export type Reply = { status: number; body: Json; headers: Headers }
export type Browser = ReturnType<typeof browser>

/** A browser on the admin pages: it keeps the cookie and the CSRF token, and says where requests come from. */
export function browser(url: string) {
  const base = `${url}/api`
  const { origin } = new URL(url)
  let cookie = ""
  let csrf = ""

  /** Sends a request, and hands back whatever comes. */
  async function send(method: string, path: string, body?: unknown, more: Record<string, string | null> = {}) {
    const headers = {
      origin,
      "sec-fetch-site": "same-origin",
      ...(cookie !== "" && { cookie }),
      ...(csrf !== "" && { "x-restante-csrf": csrf }),
      ...(body !== undefined && { "content-type": "application/json" }),
      ...more,
    }
    const given = Object.entries(headers).filter((entry): entry is [string, string] => entry[1] !== null)
    const response = await fetch(base + path, {
      method,
      headers: given,
      ...(body !== undefined && { body: typeof body === "string" ? body : JSON.stringify(body) }),
    })
    const [set] = response.headers.getSetCookie()
    if (set !== undefined) cookie = set.split(";", 1)[0] ?? ""
    return response
  }

  /** The same, with what was answered in JSON; of a file the text. */
  async function call(...request: Parameters<typeof send>) {
    const response = await send(...request)
    const text = await response.text()
    const isJson = response.headers.get("content-type")?.split(";", 1)[0] === "application/json"
    const reply: Reply = {
      status: response.status,
      body: text === "" ? null : isJson ? JSON.parse(text) : text,
      headers: response.headers,
    }
    if (typeof reply.body?.csrf === "string") csrf = reply.body.csrf
    return reply
  }

  const signIn = (name = NAME, password = PASSWORD, code?: string) =>
    call("POST", "/session", { name, password, ...(code !== undefined && { code }) })

  /** The events of the feed as they come. */
  async function* feed(more: Record<string, string> = {}) {
    const response = await fetch(`${base}/feed`, { headers: { cookie, ...more } })
    let text = ""
    for await (const part of response.body ?? []) {
      text += new TextDecoder().decode(part)
      for (let end = text.indexOf("\n\n"); end !== -1; end = text.indexOf("\n\n")) {
        const members = text
          .slice(0, end)
          .split("\n")
          .map((line) => line.split(/: (.*)/s, 2))
        text = text.slice(end + 2)
        const { event = "", data = "null", id = null } = Object.fromEntries(members)
        yield { event, id, data: JSON.parse(data) }
      }
    }
  }

  return { call, send, signIn, feed, cookie: () => cookie }
}

/** A mediator whose first admin was made with the setup code, and that admin's browser. */
export async function desk(flags: Readonly<Record<string, string>> = {}, ports: { clock?: Clock } = {}) {
  const m = await mediator({ "limits-per-address": "0", ...flags }, ports)
  const ada = browser(m.admin.url)
  const made = await ada.call("POST", "/setup", { code: m.admin.setup?.code ?? "", name: NAME, password: PASSWORD })
  if (made.status !== 200) throw new Error(JSON.stringify(made.body))

  /** A program with a token of these scopes. */
  async function program(...scopes: string[]) {
    const { body } = await ada.call("POST", "/tokens", { name: "program", scopes, expiresIn: null })
    const call = (method: string, path: string, given?: unknown) =>
      browser(m.admin.url).call(method, path, given, {
        origin: null,
        "sec-fetch-site": null,
        authorization: `Bearer ${body.secret}`,
      })
    return { call, id: body.token.id as string, secret: body.secret as string }
  }
  return { m, ada, program, [Symbol.asyncDispose]: () => m[Symbol.asyncDispose]() }
}

const unasked = (): never => {
  throw new Error("only declared")
}

/** Stands for what no declaration asks for. */
const nothing = (): never => {
  throw new Error("endpoints are only declared here")
}

/** Every endpoint as it is declared. */
export async function declaredEndpoints(): Promise<readonly Endpoint[]> {
  const ports = { clock: systemClock, random: systemRandom }
  const log = createLog({ level: "error", format: "text", clock: systemClock, write: () => {} })
  await using store = await openStore("sqlite::memory:", { ...ports, dataDir: ".", log, writer: "in-place" })
  const auth = createAuth(store, { ...ports, log, idle: 1, absolute: 1 })
  using api = createAdminApi({
    ...ports,
    auth,
    accounts: createAccounts(store, ports),
    invites: createInvites(store, ports),
    inviteUrl: (id) => id,
    store,
    connections: { list: () => [], online: () => 0, close: () => false, disconnect: () => 0 },
    notices: { shown: unasked, set: unasked, remove: unasked, test: unasked, publicKey: unasked },
    selfTest: async () => [],
    running: {
      version: "0",
      did: "",
      dids: [],
      publicUrl: "",
      invitationUrl: "",
      startedAt: 0,
      sockets: () => 0,
      pending: () => 0,
      refusals: () => [],
      isReady: store.ready,
      vitals: nothing,
    },
    settings: { list: () => [], choose: async () => [] },
    intake: { mode: () => "open", set: async () => {} },
    history: { read: () => ({ until: 0, points: 0, entries: [] }) },
    limits: nothing,
    identity: { report: unasked, rotate: unasked, extend: unasked, export: unasked },
    about: unasked,
    backups: {
      list: async () => ({ items: [], schedule: "off", keep: 1, dir: "", nextAt: null }),
      failure: () => null,
      make: unasked,
      verify: unasked,
      remove: unasked,
      fetch: unasked,
      prospect: unasked,
      restore: unasked,
    },
    storage: unasked,
    doctor: { examine: unasked, bundle: unasked },
    publicUrl: "http://localhost",
    isAlwaysSecure: false,
    absolute: 1,
    note: () => {},
    log,
  })
  return api.endpoints
}

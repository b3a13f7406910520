import { expect } from "bun:test"
import {
  type Answer,
  acceptOffer,
  type Client,
  type Contract,
  createClient,
  type Fields,
  inAnHour,
  type Json,
  type MediatorKeys,
  makeOffer,
  meet,
} from "../kit/decentrl.ts"
import { mediator } from "../kit/mediator.ts"
import { openSocket } from "../kit/socket.ts"

export type Town = Awaited<ReturnType<typeof town>>

/** The people of a mediator that runs somewhere. */
export async function meetAt(url: string) {
  const home = await meet(url)
  const stranger = (alias = "stranger") => createClient(home, alias)
  async function resident(alias: string, expiresAt?: number): Promise<Client> {
    const who = await stranger(alias)
    expect(await who.register(expiresAt)).toMatchObject({ status: 200, type: "SUCCESS" })
    return who
  }
  async function friends(): Promise<[Client, Client]> {
    const two: [Client, Client] = [await resident("alice"), await resident("bob")]
    await befriend(...two)
    return two
  }
  const socket = () => openSocket({ wsUrl: `${url.replace("http", "ws")}/decentrl`, did: home.did })
  const show = (did: string, query = "", init: RequestInit = {}) =>
    fetch(`${url}/public/${encodeURIComponent(did)}${query}`, init)
  return { home, stranger, resident, friends, socket, show }
}

/** A mediator in this process, and its people. */
export async function town(...given: Parameters<typeof mediator>) {
  const m = await mediator(...given)
  return { ...m, ...(await meetAt(m.url)) }
}

/** A contract that `requestor` offered and `recipient` accepted; nobody has been told of it. */
export async function agree(requestor: Client, recipient: Client, expiresAt = inAnHour()): Promise<Contract> {
  const { offer } = await makeOffer(requestor, recipient.did, expiresAt)
  return (await acceptOffer(recipient, offer)).contract
}

/** Makes a contract and has `saver` keep it. */
export async function befriend(one: Client, saver: Client, expiresAt?: number): Promise<Contract> {
  const contract = await agree(one, saver, expiresAt)
  expect(await saver.ask("SAVE_COMMUNICATION_CONTRACT", { contract })).toMatchObject({ status: 200 })
  return contract
}

/** `200`, or the status and the code of a refusal. */
export const told = ({ status, code }: Answer): string => (code === undefined ? String(status) : `${status} ${code}`)

export const events = (who: Client) => who.all("QUERY_PENDING_EVENTS", "pending_events")
export const payloads = async (who: Client) => (await events(who)).map(({ payload }) => payload)
export const requests = (who: Client) => who.all("QUERY_PENDING_COMMUNICATION_CONTRACT_REQUESTS", "contract_requests")
export const member = (fields: Fields, name: string) => fields[name] as Json & Fields & string & readonly Fields[]

export type { Client, Contract, Fields, MediatorKeys }

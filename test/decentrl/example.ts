import { createClient, type Fields, meet } from "../kit/decentrl.ts"

/** Alice and Bob, who may live at different mediators, exchange an event. */
export async function example(alicesMediator: string, bobsMediator: string): Promise<Fields[]> {
  const alice = await createClient(await meet(alicesMediator), "alice")
  const bob = await createClient(await meet(bobsMediator), "bob")

  // A contract with a mediator is the registration there.
  await alice.register()
  await bob.register()

  // Alice asks at Bob's mediator; Bob signs, keeps the contract, and hands it to Alice's mediator.
  await alice.requestContract(bob.did, bob.home)
  const waiting = await bob.all("QUERY_PENDING_COMMUNICATION_CONTRACT_REQUESTS", "contract_requests")
  for (const request of waiting) {
    await bob.acceptRequest(request, alice.home)
    await bob.ask("ACKNOWLEDGE_PENDING_COMMUNICATION_CONTRACT_REQUESTS", { ids: [request.id ?? ""] })
  }

  // An application would encrypt this under the contract's secret.
  await alice.send(bob.did, "hello", bob.home)
  const events = await bob.all("QUERY_PENDING_EVENTS", "pending_events")

  // What is to stay is saved before the mail is acknowledged: then it is gone.
  await bob.ask("SAVE_EVENTS", { events: events.map(({ payload }) => ({ payload: payload ?? "", tags: ["inbox"] })) })
  await bob.ask("ACKNOWLEDGE_PENDING_EVENTS", { ids: events.map(({ id }) => id ?? "") })
  return bob.all("QUERY_EVENTS", "events", { tags: ["inbox"] })
}

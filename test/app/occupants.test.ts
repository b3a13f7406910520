import { expect, test } from "bun:test"
import { createOccupants } from "../../src/app/occupants.ts"
import type { Connection } from "../../src/wire.ts"

/** A connection that ends when it is told to. */
function connection(id: string) {
  const listeners: (() => void)[] = []
  let isClosed = false
  const end = () => {
    isClosed = true
    for (const listener of listeners.splice(0)) listener()
  }
  const onClose = (listener: () => void) => void (isClosed ? listener() : listeners.push(listener))
  const made: Connection = { id, send: () => "sent", close: end, onDrain() {}, onClose }
  return { ...made, end }
}

test("whoever proves itself is known on its connection until that ends, and elsewhere after that", () => {
  const book = createOccupants()
  const [one, two] = [connection("1"), connection("2")]
  book.arrived(one, "did:example:bob")
  book.arrived(one, "did:example:bob")
  book.arrived(two, "did:example:bob")
  book.arrived(two, "did:example:eve")
  expect(book.connectionsOf("did:example:bob")).toEqual(["1", "2"])
  two.end()
  expect(book.of("2")).toEqual([])
  expect(book.connectionsOf("did:example:bob")).toEqual(["1"])
  expect(book.connectionsOf("did:example:eve")).toEqual([])
})

test("a connection that has ended already is not remembered", () => {
  const book = createOccupants()
  const gone = connection("1")
  gone.end()
  book.arrived(gone, "did:example:bob")
  book.listening(gone, "did:example:bob")[Symbol.dispose]()
  expect([book.of("1"), book.connectionsOf("did:example:bob")]).toEqual([[], []])
})

test("a DID is live as long as anything pushes its mail, however often that begins and ends", () => {
  const book = createOccupants()
  const one = connection("1")
  const isLive = () => book.of("1").map((there) => there.isLive)
  const first = book.listening(one, "did:example:bob")
  const second = book.listening(one, "did:example:bob")
  expect(isLive()).toEqual([true])
  first[Symbol.dispose]()
  expect(isLive()).toEqual([true])
  second[Symbol.dispose]()
  expect(isLive()).toEqual([false])
  book.listening(one, "did:example:bob")
  expect(isLive()).toEqual([true])
})

test("of one connection 64 DIDs are remembered; who has its mail pushed there is not forgotten for others", () => {
  const book = createOccupants()
  const one = connection("1")
  book.listening(one, "did:example:live")
  for (let n = 0; n < 200; n++) book.arrived(one, `did:example:${n}`)
  const dids = book.of("1").map(({ did }) => did)
  expect(dids).toHaveLength(64)
  expect(dids).toContain("did:example:live")
  expect(dids.at(-1)).toBe("did:example:199")
  expect(book.connectionsOf("did:example:0")).toEqual([])
  one.end()
  expect(book.connectionsOf("did:example:199")).toEqual([])
})

import { Fault } from "../faults.ts"

/** What always finds room, bytes: a wallet's poll must not fail because others send much. */
export const SMALL = 64 * 1024

/** What one request or one socket holds of the memory for messages. Disposing it gives everything back. */
export type Place = Disposable & {
  /** Fault request.busy, and nothing counted, when this place would hold more than a little and all too much. */
  grow(bytes: number): void
  shrink(bytes: number): void
}

/** Bounds the bytes of messages that have come in and are not dealt with yet. */
export function createBudget(most: number): { open(): Place } {
  let held = 0
  function open(): Place {
    let own = 0
    const add = (bytes: number) => {
      own += bytes
      held += bytes
    }
    return {
      grow(bytes) {
        if (own + bytes > SMALL && held + bytes > most) {
          throw new Fault("request.busy", { detail: "too many large messages at once" })
        }
        add(bytes)
      },
      shrink: (bytes) => add(-bytes),
      [Symbol.dispose]: () => add(-own),
    }
  }
  return { open }
}

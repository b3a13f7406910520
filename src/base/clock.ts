/** Time as an argument: everything that waits or dates something takes a Clock. Times are epoch milliseconds. */
export interface Clock {
  now(): number
  /** Runs `act` once, `ms` from now; disposing it before then cancels it. */
  after(ms: number, act: () => void): Disposable
  /** Runs `act` every `ms` until disposed. */
  every(ms: number, act: () => void): Disposable
}

// Timers never keep the process alive: the open server does that.
export const systemClock: Clock = {
  now: () => Date.now(),
  after(ms, act) {
    const timer = setTimeout(act, ms)
    timer.unref()
    return { [Symbol.dispose]: () => clearTimeout(timer) }
  },
  every(ms, act) {
    const timer = setInterval(act, ms)
    timer.unref()
    return { [Symbol.dispose]: () => clearInterval(timer) }
  },
}

/** Whole seconds since the epoch, as DIDComm writes times. */
export const toSeconds = (ms: number): number => Math.floor(ms / 1000)

import { Fault, type FaultCode } from "../../src/faults.ts"

/** The code of the Fault that `act` throws or rejects with; anything else thrown is let through. */
export async function faultOf(act: () => unknown): Promise<FaultCode | null> {
  try {
    await act()
    return null
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.code
    throw thrown
  }
}

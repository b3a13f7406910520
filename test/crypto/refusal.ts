import { Fault, type FaultCode } from "../../src/faults.ts"

/** The code of the Fault in which `act` ends, "accepted" when it ends well. Anything else thrown fails the test. */
export async function refusal(act: () => unknown): Promise<FaultCode | "accepted"> {
  try {
    await act()
    return "accepted"
  } catch (thrown) {
    if (thrown instanceof Fault) return thrown.code
    throw thrown
  }
}

/** How the domain's words are written in columns. */

import type { Lane } from "../../mailbox/model.ts"

const codes = { didcomm: 1, decentrl: 2 } as const satisfies Record<Lane, number>
const lanes = Object.keys(codes) as Lane[]

export const laneCode = (lane: Lane): number => codes[lane]

/** The lanes in a registration's sum of codes. */
export const lanesOf = (sum: number): Lane[] => lanes.filter((lane) => (sum & codes[lane]) !== 0)

import { storeContract } from "../contract/store.ts"
import { inFile, inMemory } from "./places.ts"

storeContract("SQLite in memory", inMemory)
storeContract("SQLite in a file, written in place", inFile("in-place"))
storeContract("SQLite in a file, written by a thread", inFile("worker"))

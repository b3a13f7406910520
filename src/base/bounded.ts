/**
 * Options of an LRUCache for at most `most` entries. Given as `max`, the cache would take the memory for all of them at
 * once, 17 bytes each and twice that with a lifetime; so it grows with what is in it.
 */
export const bounded = (most: number) => ({ maxSize: most, sizeCalculation: () => 1 })

/** No clock that is right says an earlier time: this was not written yet. Epoch ms. */
export const BUILT = Date.UTC(2026, 0, 1)

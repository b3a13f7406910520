/** What the protocols are called that wallets use with a mediator. */

export const coordination2 = "https://didcomm.org/coordinate-mediation/2.0"
export const coordination3 = "https://didcomm.org/coordinate-mediation/3.0"
export const pickup3 = "https://didcomm.org/messagepickup/3.0"
export const pickup4 = "https://didcomm.org/message-pickup/4.0"

/**
 * Where a key that signs transactions is: here in the clear, here in an encrypted keystore (Web3 Secret Storage version 3), or with a
 * signer that shows it to nobody and signs on request.
 */
export type KeySource =
  | { kind: "private-key"; privateKey: string }
  | { kind: "keystore"; keystore: string; password: string }
  | { kind: "remote"; url: string; address: string };

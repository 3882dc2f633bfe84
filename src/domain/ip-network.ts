import { isIP } from "node:net";

/** A network, as in `10.1.0.0/16`; an address alone is a network of one. */
export interface IpNetwork {
  address: string;
  prefix: number;
  family: "ipv4" | "ipv6";
}

/** Reads a network; `undefined` where it is none. */
export function parseIpNetwork(text: string): IpNetwork | undefined {
  const [address = "", digits, ...rest] = text.split("/");
  const version = isIP(address);
  if (version === 0 || rest.length > 0) return undefined;
  const longest = version === 4 ? 32 : 128;
  if (digits !== undefined && !/^[0-9]{1,3}$/.test(digits)) return undefined;
  const prefix = digits === undefined ? longest : Number(digits);
  return prefix > longest ? undefined : { address, prefix, family: version === 4 ? "ipv4" : "ipv6" };
}

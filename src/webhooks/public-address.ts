import { BlockList, isIP } from "node:net";
import type { IpNetwork } from "../domain/ip-network.js";

// IANA's special-purpose registries (RFC 6890 and its updates): what leads to this machine, this network, or nowhere.
const SPECIAL_V4: readonly [address: string, prefix: number][] = [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.0.2.0", 24],
  ["192.31.196.0", 24],
  ["192.52.193.0", 24],
  ["192.88.99.0", 24],
  ["192.168.0.0", 16],
  ["192.175.48.0", 24],
  ["198.18.0.0", 15],
  ["198.51.100.0", 24],
  ["203.0.113.0", 24],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
];
// Of IPv6 only what is global unicast is taken at all (RFC 4291): mapped IPv4, NAT64, loopback, local and multicast are outside it.
const GLOBAL_V6: readonly [address: string, prefix: number] = ["2000::", 3];
// Teredo and 6to4 carry an IPv4 address.
const SPECIAL_V6: readonly [address: string, prefix: number][] = [
  ["2001::", 23],
  ["2001:db8::", 32],
  ["2002::", 16],
  ["3fff::", 20],
];

/** Tells whether an IP address may be connected to: a public one, or one of the networks that are allowed besides. */
export function createAddressCheck(allowed: readonly IpNetwork[]): (address: string) => boolean {
  const special = new BlockList();
  for (const [address, prefix] of SPECIAL_V4) special.addSubnet(address, prefix, "ipv4");
  for (const [address, prefix] of SPECIAL_V6) special.addSubnet(address, prefix, "ipv6");
  const global = new BlockList();
  global.addSubnet(...GLOBAL_V6, "ipv6");
  const besides = new BlockList();
  for (const { address, prefix, family } of allowed) besides.addSubnet(address, prefix, family);

  return (address) => {
    const version = isIP(address);
    if (version === 0) return false;
    const family = version === 4 ? "ipv4" : "ipv6";
    if (besides.check(address, family)) return true;
    return version === 4 ? !special.check(address, family) : global.check(address, family) && !special.check(address, family);
  };
}

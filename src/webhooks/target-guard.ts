import { lookup as systemLookup } from "node:dns";
import type { LookupFunction } from "node:net";
import type { Dispatcher } from "undici";
import { AppError } from "../domain/app-error.js";
import type { IpNetwork } from "../domain/ip-network.js";
import { createOwnerAgents } from "./owner-agents.js";
import { createAddressCheck } from "./public-address.js";

/** Keeps what we send to addresses that somebody else chose away from our own network (SSRF). */
export interface TargetGuard {
  /**
   * What is to be known without asking anyone: http or https, no user or password, an IP address only if it may be connected to.
   * @throws AppError `invalid-function`
   */
  checkUrl(url: string): URL;
  /**
   * Connects to addresses that may be connected to, and to no others. The address that was checked is the one connected to: between a
   * check and a second resolution a name could change. Follows no redirect. Each owner has its own connections.
   */
  dispatcherOf(owner: string): Dispatcher;
}

/**
 * @param deps.lookup Resolves names, as `dns.lookup`.
 * @param options.allowed Networks that are not public, and may be connected to all the same.
 * @param options.connections Of one owner to one origin.
 */
export function createTargetGuard(
  deps: { lookup?: typeof systemLookup },
  options: { allowed: readonly IpNetwork[]; connections: number; connectTimeoutMs: number },
): TargetGuard & { destroy(): Promise<void> } {
  const mayConnect = createAddressCheck(options.allowed);
  const resolve = deps.lookup ?? systemLookup;

  const lookup: LookupFunction = (hostname, given, callback) => {
    resolve(hostname, { ...given, all: true }, (error, addresses) => {
      if (error !== null) return callback(error, "");
      const refused = addresses.length === 0 || addresses.some(({ address }) => !mayConnect(address));
      // One address of ours among others is no accident.
      if (refused) return callback(refusal(), "");
      const [first] = addresses;
      if (given.all === true) callback(null, addresses);
      else callback(null, first?.address ?? "", first?.family);
    });
  };

  function checkUrl(url: string): URL {
    const parsed = URL.parse(url);
    if (parsed === null) throw invalid("The URL cannot be read.");
    if (parsed.protocol !== "https:" && parsed.protocol !== "http:") throw invalid("The URL begins with https:// or http://.");
    if (parsed.username !== "" || parsed.password !== "") throw invalid("The URL holds no user and password.");
    // WHATWG URL has brought odd notations of IPv4 (octal, hexadecimal, one number) into their usual form.
    const host = parsed.hostname.replace(/^\[(.*)\]$/, "$1");
    if (/^[0-9.]+$/.test(host) || host.includes(":")) {
      if (!mayConnect(host)) throw refusal();
    }
    return parsed;
  }

  const agents = createOwnerAgents({
    connections: options.connections,
    connect: { lookup, timeout: options.connectTimeoutMs },
  });
  const dispatcherOf = (owner: string) =>
    // An IP address is connected to without a look-up.
    agents.of(owner).compose((dispatch) => (request, handler) => {
      checkUrl(String(request.origin));
      return dispatch(request, handler);
    });
  return { checkUrl, dispatcherOf, destroy: agents.destroy };
}

function refusal(): AppError {
  return invalid("The URL leads to an address that is not public; FUNCTION_TARGET_NETWORKS can allow it.");
}

function invalid(message: string): AppError {
  return new AppError("invalid-function", message, { details: { field: "/url" } });
}

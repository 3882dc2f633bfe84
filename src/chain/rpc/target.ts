/** A node's address, and the headers that go with each request or handshake. */
export interface RpcTarget {
  url: URL;
  headers: Record<string, string>;
}

/** Credentials in a URL go by RFC 7617, for nodes behind a proxy that wants a password. */
export function rpcTarget(text: string): RpcTarget {
  const url = new URL(text);
  const { username, password } = url;
  url.username = "";
  url.password = "";
  if (username === "" && password === "") return { url, headers: {} };
  const pair = `${decodeURIComponent(username)}:${decodeURIComponent(password)}`;
  return { url, headers: { authorization: `Basic ${Buffer.from(pair, "utf8").toString("base64")}` } };
}

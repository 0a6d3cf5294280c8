/** What a server on {@linkcode TCP} puts up with. */
export interface TcpLimits {
  /** Longest request in bytes; a longer one is answered `TOO_LARGE`. */
  requestBytes: number;
  /**
   * Bytes of the requests that are read or answered at the same time, of all clients together; what is
   * over it is answered `BUSY`. One request of `requestBytes` always has room.
   */
  pendingBytes: number;
  /** Longest reply in bytes; instead of a longer one an error `TOO_LARGE` is sent. */
  replyBytes: number;
  /** Clients connected at once; a further one is answered `BUSY`. */
  connections: number;
  /** Seconds a connection may wait for a request, and a request take to arrive: then `IDLE_TIMEOUT`. */
  idleSeconds: number;
  /** Seconds a client may take to read a reply; after them the connection is dropped. */
  replySeconds: number;
}

/** What the page's connections over HTTP are held to. */
export interface HttpLimits {
  /** Connections at once; a further one is answered 503 and closed. */
  httpConnections: number;
  /** Of them, those from one client's address; a further one is answered 503 and closed. */
  httpClientConnections: number;
  /** Seconds until a request's head has to be there whole, a handshake before it included. */
  httpHeadSeconds: number;
  /** Seconds that no byte may go either way while the server owes no answer. */
  httpIdleSeconds: number;
}

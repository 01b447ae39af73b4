// What the specs use of the harness of tests/clients, which is JavaScript.

declare module '*/harness/process.mjs' {
  /** A port that nobody listens on. */
  export function freePort(): Promise<number>;
  /** A program that listens on a port, in a fresh working directory. */
  export class Process {
    readonly host: string;
    /** The same over all its starts; 0 before the first. */
    port: number;
    constructor(binary: string);
    /** Arguments and variables, and files of its working directory. */
    command(): { args: string[]; env: Record<string, string>; files?: Record<string, string> };
    /** Everything that it has printed, over all its starts. */
    readonly log: string;
    /** Its working directory. */
    readonly directory: string;
    /** Where it answers HTTP. */
    readonly http: string;
    /** Starts it and waits until it answers. */
    start(): Promise<this>;
    /** Ends it with a signal (SIGTERM) and waits for that; null if it does not run. */
    end(signal?: NodeJS.Signals): Promise<{ code: number | null; signal: NodeJS.Signals | null } | null>;
    /** Ends it, throws unless it went in order, and removes its working directory. */
    stop(): Promise<void>;
  }
}

declare module '*/harness/server.mjs' {
  import type { Process } from '*/harness/process.mjs';

  /** Gema with one application. */
  export class Server extends Process {
    appId: string;
    key: string;
    secret: string;
    /** Key and certificate as texts of PEM, `cert.pem` and `key.pem` of its directory; null without TLS. */
    readonly certificate: { key: string; cert: string } | null;
    constructor(options?: { env?: Record<string, string>; tls?: boolean });
  }
}

declare module '*/harness/api.mjs' {
  import type { Server } from '*/harness/server.mjs';

  /** Signed requests to Gema's HTTP API. */
  export class Api {
    constructor(server: Server);
    /** `path` goes after `/apps/{id}`. */
    get(
      path: string,
      query?: Record<string, string>,
    ): Promise<{ status: number; text: string; json: unknown }>;
    /** Triggers an event, `data` being its text, and throws unless it was accepted. */
    trigger(channel: string, name: string, data: string): Promise<unknown>;
  }
}

declare module '*/harness/booking.mjs' {
  import type { Process } from '*/harness/process.mjs';
  import type { Server } from '*/harness/server.mjs';

  interface Database {
    url(directory: string): string;
    drop(): void;
  }

  interface Request {
    token?: string;
    body?: object;
    headers?: Record<string, string>;
  }

  /** The booking service with the demonstration's data. */
  export class Booking extends Process {
    constructor(options: {
      server: Server;
      /** Where it says that Gema is; the server itself if nothing is said. */
      publisher?: { host: string; port: number };
      database: Database;
      env?: Record<string, string>;
    });
    /** Sends a request, whatever comes of it. */
    request(
      method: string,
      path: string,
      request?: Request,
    ): Promise<{ status: number; headers: Headers; body: unknown }>;
    /** Sends a request that must be answered with this status; the `data` of the answer. */
    data(status: number, method: string, path: string, request?: Request): Promise<unknown>;
  }

  export const DATABASES: { SQLite(): Database; PostgreSQL(): Database };
}

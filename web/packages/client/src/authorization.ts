import type { ChannelAuthorizationCallback, ChannelAuthorizationHandler } from 'pusher-js';
import { safely } from './listeners.ts';
import type { ConnectionOptions } from './types.ts';

/** As many channels as the server takes in one request. */
const BATCH_LIMIT = 100;
/** How long an endpoint may think, in milliseconds. */
const REQUEST_TIMEOUT = 10_000;

/** Why a channel was not authorized. */
export interface Refusal {
  /** The HTTP status; null when there was no answer, or when it was not asked for lack of a token. */
  status: number | null;
  message: string;
  /** There was no token to ask with. */
  anonymous?: boolean;
}

/** Asks the application whether a channel may be subscribed to. */
export interface Authorization {
  /** For the option `channelAuthorization.customHandler` of Pusher. */
  handler: ChannelAuthorizationHandler;
  /** While Pusher reports a refusal: what was refused. */
  refusal: () => Refusal | null;
  /** Asks once more for what is being asked already; false when nothing is. */
  renew: (channel: string) => boolean;
  /** Whatever is answered for this channel is no longer wanted. */
  cancel: (channel: string) => void;
  /** The socket is gone: no answer is wanted. */
  drop: () => void;
}

interface Request {
  socketId: string;
  channelName: string;
  callback: ChannelAuthorizationCallback;
}

type Answer = Refusal & { auth?: unknown; channel_data?: string; shared_secret?: string };

/** The token; null without one, undefined when requests go without. */
type TokenSource = () => Promise<string | null | undefined>;

export function createAuthorization(
  { authEndpoint = '/broadcasting/auth', batchAuthorization = false }: ConnectionOptions,
  token: TokenSource,
): Authorization {
  /** The newest request of each channel: the answers of all others are dropped. */
  const pending = new Map<string, Request>();
  let queue: Request[] = [];
  let refusal: Refusal | null = null;

  function request(asked: Request): void {
    pending.set(asked.channelName, asked);
    if (!batchAuthorization) return void ask([asked]);
    queue.push(asked);
    if (queue.length === 1) queueMicrotask(flush);
  }

  function flush(): void {
    const waiting = queue;
    queue = [];
    for (let start = 0; start < waiting.length; start += BATCH_LIMIT) {
      void ask(waiting.slice(start, start + BATCH_LIMIT));
    }
  }

  async function ask(asked: Request[]): Promise<void> {
    const wanted = asked.filter((one) => pending.get(one.channelName) === one);
    const [first] = wanted;
    if (!first) return;
    const names = wanted.map(({ channelName }) => channelName);
    const answerOf = await post(first.socketId, names).catch((error: unknown) => () => ({
      status: null,
      message: error instanceof Error ? error.message : String(error),
    }));
    for (const one of wanted) settle(one, answerOf(one.channelName));
  }

  async function post(socket_id: string, channel_names: string[]): Promise<(channel: string) => Answer> {
    const bearer = await token();
    if (bearer === null) return () => ({ status: null, message: 'there is no token', anonymous: true });
    const response = await fetch(authEndpoint, {
      method: 'POST',
      headers: headersWith(bearer),
      body: JSON.stringify(
        batchAuthorization ? { socket_id, channel_names } : { socket_id, channel_name: channel_names[0] },
      ),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    });
    const body = (await response.json().catch(() => ({}))) as Partial<Answer> & {
      channels?: Record<string, Partial<Answer>>;
    };
    return (channel) => {
      const answer = (response.ok && batchAuthorization ? body.channels?.[channel] : body) ?? {};
      const status = (batchAuthorization ? answer.status : null) ?? response.status;
      return { message: `${authEndpoint} answered with status ${status}`, ...answer, status };
    };
  }

  function settle(asked: Request, { status, message, anonymous, ...grant }: Answer): void {
    if (pending.get(asked.channelName) !== asked) return;
    pending.delete(asked.channelName);
    safely(() => {
      if (status === 200 && typeof grant.auth === 'string') {
        asked.callback(null, { ...grant, auth: grant.auth });
      } else {
        refuse(asked, { status, message, anonymous: anonymous ?? false });
      }
    });
  }

  function refuse({ channelName, callback }: Request, reason: Refusal): void {
    refusal = reason;
    callback(new Error(`${channelName}: ${reason.message}`), null);
    refusal = null;
  }

  return {
    handler: (params, callback) => {
      request({ ...params, callback });
    },
    refusal: () => refusal,
    renew(channel) {
      const asked = pending.get(channel);
      if (asked) request({ ...asked });
      return asked !== undefined;
    },
    cancel(channel) {
      const asked = pending.get(channel);
      pending.delete(channel);
      // Otherwise Pusher waits for the answer, and subscribes after the next reconnect.
      asked?.callback(new Error(`${channel}: no longer wanted`), null);
    },
    drop() {
      pending.clear();
    },
  };
}

function headersWith(bearer: string | undefined): Record<string, string> {
  const csrf = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
  return {
    Accept: 'application/json',
    'Content-Type': 'application/json',
    ...(bearer === undefined ? {} : { Authorization: `Bearer ${bearer}` }),
    ...(csrf ? { 'X-CSRF-TOKEN': csrf } : {}),
  };
}

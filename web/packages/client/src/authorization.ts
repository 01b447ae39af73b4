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
  /** With which it was asked; null when there was none to ask with. */
  token?: string | null | undefined;
}

/** Asks the application whether a channel may be subscribed to. */
export interface Authorization {
  /** For the option `channelAuthorization.customHandler` of Pusher. */
  handler: ChannelAuthorizationHandler;
  /** While Pusher reports a refusal: what was refused. */
  refusal: () => Refusal | null;
  /** The channels for which no answer has come yet; one that is taken out gets none. */
  pending: Pick<Map<string, unknown>, 'has' | 'delete' | 'clear'>;
}

interface Request {
  socketId: string;
  channelName: string;
  callback: ChannelAuthorizationCallback;
}

type Answer = Refusal & { auth?: unknown; user_id?: unknown; channel_data?: string; shared_secret?: string };

/** The token; null without one, undefined when requests go without. */
type TokenSource = () => Promise<string | null | undefined>;

export function createAuthorization(
  { authEndpoint = '/broadcasting/auth', batchAuthorization = false, credentials }: ConnectionOptions,
  token: TokenSource,
): Authorization {
  /** The newest request of each channel: the answers of all others are dropped. */
  const pending = new Map<string, Request>();
  const limit = batchAuthorization ? BATCH_LIMIT : 1;
  const queue: Request[] = [];
  let refusal: Refusal | null = null;

  function flush(): void {
    while (queue.length > 0) ask(queue.splice(0, limit));
  }

  function ask(asked: Request[]): void {
    const wanted = asked.filter((one) => pending.get(one.channelName) === one);
    const [first] = wanted;
    if (!first) return;
    const names = wanted.map(({ channelName }) => channelName);
    const answers = post(first.socketId, names);
    for (const one of wanted) {
      void answers
        .then((answerOf) => answerOf(one.channelName))
        .catch((error: unknown) => ({ status: null, message: String(error) }))
        .then((answer) => settle(one, answer));
    }
  }

  async function post(socket_id: string, channel_names: string[]): Promise<(channel: string) => Answer> {
    const bearer = await token();
    if (bearer === null) return () => ({ status: null, message: 'no token', token: null });
    const csrf = document.querySelector<HTMLMetaElement>('meta[name="csrf-token"]')?.content;
    const response = await fetch(authEndpoint, {
      method: 'POST',
      headers: {
        Accept: 'application/json',
        'Content-Type': 'application/json',
        ...(bearer !== undefined && { Authorization: `Bearer ${bearer}` }),
        ...(csrf && { 'X-CSRF-TOKEN': csrf }),
      },
      body: JSON.stringify(
        batchAuthorization ? { socket_id, channel_names } : { socket_id, channel_name: channel_names[0] },
      ),
      ...(credentials && { credentials }),
      signal: AbortSignal.timeout(REQUEST_TIMEOUT),
    });
    const body = ((await response.json().catch(() => null)) ?? {}) as Partial<Answer> & {
      channels?: Record<string, Partial<Answer>> | null;
    };
    const batch = batchAuthorization && response.ok;
    return (channel) => {
      const answer = (batch ? body.channels?.[channel] : body) ?? {};
      const status = (batch && answer.status) || response.status;
      return {
        message: `${authEndpoint} answered with status ${status}`,
        ...answer,
        status,
        token: bearer,
        // Pusher reads it where no exception can be caught.
        user_id: answer.channel_data && (JSON.parse(answer.channel_data) as { user_id: unknown }).user_id,
      };
    };
  }

  function settle(asked: Request, { status, message, token, ...grant }: Answer): void {
    if (pending.get(asked.channelName) !== asked) return;
    pending.delete(asked.channelName);
    safely(() => {
      if (status === 200 && typeof grant.auth === 'string') {
        asked.callback(null, grant as { auth: string });
      } else {
        refusal = { status, message, token };
        asked.callback(new Error(message), null);
      }
    });
    refusal = null;
  }

  return {
    handler: (params, callback) => {
      const asked = { ...params, callback };
      pending.set(params.channelName, asked);
      queue.push(asked);
      if (queue.length === 1) queueMicrotask(flush);
    },
    refusal: () => refusal,
    pending,
  };
}

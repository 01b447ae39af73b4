import { FakeDispatcher } from './fake-dispatcher.ts';

type Timer = ReturnType<typeof setTimeout>;

/** The timeline of pusher-js: its diary, where a failed transport is written down at once. */
export class FakeTimeline {
  readonly events: Record<string, unknown>[] = [];

  log(level: number, event: Record<string, unknown>): void {
    this.events.push({ ...event, level });
  }

  error(event: Record<string, unknown>): void {
    this.log(3, event);
  }

  info(event: Record<string, unknown>): void {
    this.log(6, event);
  }
}

/** The connection manager of pusher-js 8.6: states, retry timers, errors of a close. Sockets are imagined. */
export class FakeConnection extends FakeDispatcher {
  state = 'initialized';
  socket_id = '';
  /** The number of the transport that is being opened or is open. */
  transport: number | null = null;
  readonly timeline = new FakeTimeline();
  private runs = false;
  private retryTimer: Timer | undefined;
  private unavailableTimer: Timer | undefined;
  private sequenceTimer: Timer | undefined;
  private transports = 0;
  private readonly write: (entry: string) => void;

  constructor(write: (entry: string) => void) {
    super();
    this.write = write;
  }

  get isOpen(): boolean {
    return this.transport !== null && !this.runs;
  }

  connect(): void {
    if (this.runs || this.isOpen) return;
    this.updateState('connecting');
    this.runs = true;
    this.startTransport(15_000);
    this.unavailableTimer = setTimeout(() => {
      this.updateState('unavailable');
    }, 10_000);
  }

  disconnect(): void {
    this.disconnectInternally();
    this.updateState('disconnected');
  }

  /** The handshake succeeds. */
  open(socketId: string): void {
    if (!this.runs || this.transport === null) throw new Error('no attempt is under way');
    this.runs = false;
    clearTimeout(this.sequenceTimer);
    clearTimeout(this.unavailableTimer);
    this.socket_id = socketId;
    this.updateState('connected', { socket_id: socketId });
  }

  /** The transport of the attempt fails, as on a refused port. pusher-js waits, and tells only its timeline. */
  failTransport(): void {
    const cid = this.transport;
    if (!this.runs || cid === null) throw new Error('no attempt is under way');
    this.transport = null;
    this.timeline.error({ cid, error: '[object Event]' });
    this.timeline.info({ cid, state: 'closed', params: { code: 1006 } });
  }

  /** The server closes the connection, or the attempt before its handshake. */
  close(code: number, reason: string): void {
    if (this.transport === null) throw new Error('there is no socket to close');
    const error =
      code === 1000 || code === 1001 ? null : { type: 'PusherError', data: { code, message: reason } };
    const inHandshake = this.runs;
    if (inHandshake) this.abortConnecting();
    else if (error) this.emit('error', error);
    // A listener may have disconnected: then nobody listens to the close any more.
    if (!inHandshake && !this.isOpen) return;
    this.handleAction(code, error, inHandshake);
    if (!this.isOpen) return;
    this.transport = null;
    if (this.state === 'connecting' || this.state === 'connected') this.retryIn(1000);
  }

  /** No pong came. */
  failPong(): void {
    this.timeline.error({ pong_timed_out: 5000 });
    this.retryIn(0);
  }

  private handleAction(code: number, error: object | null, inHandshake: boolean): void {
    const action = code < 4000 && !inHandshake && (code < 1002 || code > 1004) ? null : actionOf(code);
    if (action === null) return;
    if (error) this.emit('error', { type: 'WebSocketError', error });
    if (action === 'refused') this.disconnect();
    else this.retryIn(action === 'backoff' ? 1000 : 0);
  }

  private retryIn(delay: number): void {
    if (delay > 0) this.emit('connecting_in', Math.round(delay / 1000));
    // As in pusher-js, a timer that waits already is forgotten, not cleared.
    this.retryTimer = setTimeout(() => {
      this.disconnectInternally();
      this.connect();
    }, delay);
  }

  private startTransport(timeout: number): void {
    const cid = (this.transports += 1);
    this.transport = cid;
    this.write('attempt');
    this.timeline.info({ cid, transport: 'ws' });
    this.sequenceTimer = setTimeout(() => {
      this.startTransport(Math.min(timeout * 2, 60_000));
    }, timeout);
  }

  private abortConnecting(): void {
    clearTimeout(this.sequenceTimer);
    if (!this.runs) return;
    const cid = this.transport;
    this.runs = false;
    this.transport = null;
    // A browser reports the error of a socket that was closed while it connected, only later.
    if (cid !== null) queueMicrotask(() => this.timeline.error({ cid, error: '[object Event]' }));
  }

  private disconnectInternally(): void {
    this.abortConnecting();
    clearTimeout(this.retryTimer);
    clearTimeout(this.unavailableTimer);
    this.transport = null;
  }

  private updateState(current: string, data?: unknown): void {
    const previous = this.state;
    this.state = current;
    if (previous === current) return;
    this.timeline.info({ state: current, params: data });
    this.emit('state_change', { previous, current });
    this.emit(current, data);
  }
}

function actionOf(code: number): 'backoff' | 'refused' | 'retry' {
  if (code < 4000 || (code >= 4100 && code < 4200)) return 'backoff';
  if (code === 4000 || (code >= 4200 && code < 4300)) return 'retry';
  return 'refused';
}

/** A WebSocket whose other end is the test; closing behaves as in browsers, a task later. */
export class MockSocket {
  static instances: MockSocket[] = [];

  static get latest(): MockSocket {
    const socket = MockSocket.instances.at(-1);
    if (!socket) throw new Error('no socket was opened');
    return socket;
  }

  /** Those that are open or being opened. */
  static get live(): MockSocket[] {
    return MockSocket.instances.filter(({ state }) => state === 'connecting' || state === 'open');
  }

  readonly url: string;
  readonly openedAt = Date.now();
  readonly sent: { event: string; data: { channel?: string; auth?: string } }[] = [];
  state: 'connecting' | 'open' | 'closing' | 'closed' = 'connecting';
  onopen?: () => void;
  onerror?: (event: object) => void;
  onclose?: (event: { code: number; reason: string }) => void;
  onmessage?: (event: { data: string }) => void;

  constructor(url: string) {
    this.url = url;
    MockSocket.instances.push(this);
  }

  send(frame: string): void {
    this.sent.push(JSON.parse(frame) as MockSocket['sent'][number]);
  }

  close(): void {
    if (this.state === 'closed' || this.state === 'closing') return;
    const failed = this.state === 'connecting';
    this.state = 'closing';
    setTimeout(() => {
      if (failed) this.onerror?.(new Event('error'));
      this.end(failed ? 1006 : 1000);
    }, 5);
  }

  /** The server accepts, and Pusher's handshake follows. */
  accept(socketId: string): this {
    return this.open().receive('pusher:connection_established', {
      socket_id: socketId,
      activity_timeout: 30,
    });
  }

  open(): this {
    this.state = 'open';
    this.onopen?.();
    return this;
  }

  receive(event: string, data: object, channel?: string): this {
    this.onmessage?.({ data: JSON.stringify({ event, channel, data: JSON.stringify(data) }) });
    return this;
  }

  /** The port is closed. */
  refuse(): void {
    this.onerror?.(new Event('error'));
    this.end(1006);
  }

  /** The server closes, or is gone (1006). */
  end(code: number, reason = ''): void {
    this.state = 'closed';
    this.onclose?.({ code, reason });
  }
}

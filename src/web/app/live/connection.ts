import { backoff } from './backoff';
import { type Change, type Connected, isChange, parseMessage } from './messages';

export type Link =
  | { kind: 'connecting' }
  | { kind: 'live'; since: number }
  /** `retryAt`: in ms since 1970. */
  | { kind: 'waiting'; since: number; retryAt: number; attempt: number };

export interface Listener {
  /** Called before each attempt; throws when the server cannot be reached. Answers from which revision. */
  prepare(): Promise<number>;
  onConnected(message: Connected): void;
  onChange(change: Change): void;
  onLink(link: Link): void;
}

// The server pings a silent client after 30 s; a page cannot see that, so it asks by itself.
const PING_EVERY_MS = 15_000;
const PONG_WITHIN_MS = 10_000;

/** Keeps one WebSocket to /ws/updates, and comes back by itself for as long as the page lives. */
export class LiveConnection {
  private socket: WebSocket | null = null;
  private attempt = 0;
  private lostAt = 0;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private pingTimer: ReturnType<typeof setTimeout> | undefined;
  private opening = false;

  constructor(private readonly listener: Listener) {}

  start(): void {
    addEventListener('online', () => this.retryNow());
    addEventListener('offline', () => this.socket?.close());
    document.addEventListener('visibilitychange', () => {
      if (document.visibilityState === 'visible') this.retryNow();
    });
    this.listener.onLink({ kind: 'connecting' });
    void this.open();
  }

  /** Tries at once when it is waiting to. */
  retryNow(): void {
    if (this.socket || this.opening) return;
    clearTimeout(this.retryTimer);
    void this.open();
  }

  private async open(): Promise<void> {
    this.opening = true;
    try {
      const since = await this.listener.prepare();
      const address = new URL(`ws/updates?since=${since}`, location.href);
      address.protocol = address.protocol.replace('http', 'ws');
      address.hash = '';
      this.connect(new WebSocket(address));
    } catch {
      this.onLost();
    } finally {
      this.opening = false;
    }
  }

  private connect(socket: WebSocket): void {
    this.socket = socket;
    socket.addEventListener('message', (event: MessageEvent<unknown>) => {
      this.expectMessage();
      this.take(parseMessage(String(event.data)));
    });
    socket.addEventListener('close', () => {
      if (this.socket === socket) this.onLost();
    });
    this.expectMessage();
  }

  private take(message: ReturnType<typeof parseMessage>): void {
    if (message.type === 'connected') {
      this.attempt = 0;
      this.listener.onConnected(message);
      this.listener.onLink({ kind: 'live', since: Date.now() });
      this.lostAt = 0;
    } else if (isChange(message)) {
      this.listener.onChange(message);
    }
  }

  /** Silence is answered with a ping, and silence after that is a lost connection. */
  private expectMessage(): void {
    clearTimeout(this.pingTimer);
    const socket = this.socket;
    this.pingTimer = setTimeout(() => {
      if (socket?.readyState === WebSocket.OPEN) socket.send('{"type":"ping"}');
      this.pingTimer = setTimeout(() => {
        if (this.socket === socket) this.onLost();
        socket?.close();
      }, PONG_WITHIN_MS);
    }, PING_EVERY_MS);
  }

  private onLost(): void {
    this.socket = null;
    clearTimeout(this.pingTimer);
    clearTimeout(this.retryTimer);
    const now = Date.now();
    if (this.lostAt === 0) this.lostAt = now;
    const delay = backoff(this.attempt, Math.random());
    this.attempt += 1;
    this.listener.onLink({
      kind: 'waiting',
      since: this.lostAt,
      retryAt: now + delay,
      attempt: this.attempt,
    });
    this.retryTimer = setTimeout(() => void this.open(), delay);
  }
}

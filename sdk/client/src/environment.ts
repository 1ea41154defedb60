/** An open or opening WebSocket. */
export interface Socket {
  send(text: string): void;
  close(): void;
}

/** What a socket tells; `ended` may be told more than once. */
export interface SocketEvents {
  opened(): void;
  received(data: unknown): void;
  ended(why: string): void;
}

/** All that is not a pure function: sockets, time, chance, and what the browser tells about itself. */
export interface Environment {
  /** Milliseconds since 1970. */
  now(): number;
  /** From 0 (inclusive) to 1. */
  random(): number;
  /** Runs once after so many milliseconds; the answer cancels. */
  after(milliseconds: number, run: () => void): () => void;
  /** Throws only for an address that no socket can have. */
  open(url: string, events: SocketEvents): Socket;
  /** Calls when the network came back or the page is shown again; the answer stops listening. */
  onWake(listener: () => void): () => void;
  /** Calls when the browser knows that there is no network; the answer stops listening. */
  onSleep(listener: () => void): () => void;
}

function openWebSocket(url: string, events: SocketEvents): Socket {
  const socket = new WebSocket(url);
  socket.onopen = () => events.opened();
  socket.onmessage = (event) => events.received(event.data);
  socket.onerror = () => events.ended('failed');
  socket.onclose = (event) => events.ended(`closed with ${event.code}`);
  return { send: (text) => socket.send(text), close: () => socket.close(1000) };
}

/** The browser, or a program that has `WebSocket`. */
export function browserEnvironment(): Environment {
  return {
    now: () => Date.now(),
    random: () => Math.random(),
    after: (milliseconds, run) => {
      const timer = setTimeout(run, milliseconds);
      return () => clearTimeout(timer);
    },
    open: openWebSocket,
    onWake: (listener) => {
      const shown = () => {
        if (document.visibilityState === 'visible') listener();
      };
      const stops = [listen('window', 'online', listener), listen('window', 'pageshow', shown)];
      stops.push(listen('document', 'visibilitychange', shown));
      return () => {
        for (const stop of stops) stop();
      };
    },
    onSleep: (listener) => listen('window', 'offline', listener),
  };
}

function listen(where: 'window' | 'document', event: string, listener: () => void): () => void {
  const target: EventTarget | undefined =
    where === 'window'
      ? typeof window === 'undefined'
        ? undefined
        : window
      : typeof document === 'undefined'
        ? undefined
        : document;
  target?.addEventListener(event, listener);
  return () => target?.removeEventListener(event, listener);
}

export type { TokenSource } from './access-token.js';
export type { Connection } from './connection-state.js';
export { browserEnvironment, type Environment, type Socket, type SocketEvents } from './environment.js';
export type { Feed, FeedState } from './feed.js';
export { type ErrorKind, LiveError } from './live-error.js';
export type { Applied, Departure, Entry, LiveRows, Row, RowChange } from './live-rows.js';
export { type ClientOptions, LockstepClient, type Metrics } from './lockstep-client.js';
export type { Meta, Presence, PresenceState } from './presence.js';
export type { Question } from './question.js';

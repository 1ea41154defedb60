import type { RealtimeChannel, SupabaseClient } from '@supabase/supabase-js';
import { until } from './world.ts';

export interface Heard {
  event: string;
  payload: unknown;
  type: string;
  meta?: { id?: string };
}

/** A member of a room and what it hears. */
export class Member {
  readonly heard: Heard[] = [];
  readonly statuses: string[] = [];
  readonly errors: string[] = [];
  readonly channel: RealtimeChannel;

  private constructor(client: SupabaseClient, topic: string, config: Record<string, unknown>) {
    this.channel = client.channel(topic, { config } as never);
    this.channel.on('broadcast', { event: '*' }, (message) => {
      this.heard.push(message as Heard);
    });
  }

  static async join(
    client: SupabaseClient,
    topic: string,
    config: Record<string, unknown> = {},
  ): Promise<Member> {
    const member = new Member(client, topic, config);
    member.subscribe();
    await until(
      () => member.statuses.includes('SUBSCRIBED'),
      () => `SUBSCRIBED, saw ${JSON.stringify([member.statuses, member.errors])}`,
    );
    return member;
  }

  /** A member that has not joined yet. */
  static of(client: SupabaseClient, topic: string, config: Record<string, unknown> = {}): Member {
    return new Member(client, topic, config);
  }

  subscribe(): void {
    this.channel.subscribe((status, error) => {
      this.statuses.push(status);
      if (error) this.errors.push(error.message);
    });
  }

  say(event: string, payload: unknown): Promise<string> {
    return this.channel.send({ type: 'broadcast', event, payload } as never);
  }

  async next(): Promise<Heard> {
    await until(() => this.heard.length > 0, `a broadcast on ${this.channel.topic}`);
    return this.heard.shift() as Heard;
  }
}

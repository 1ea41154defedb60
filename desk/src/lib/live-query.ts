import type { Feed, FeedState, Question } from '@lockstep/client';
import { type UseQueryResult, useQuery } from '@tanstack/react-query';
import { useSyncExternalStore } from 'react';
import { useLive } from './live-client';
import { handle } from './query-client';

/** The one place that joins a query with its live changes: the query's data is the open feed with its rows. */
export function useLiveRows(question: Question): UseQueryResult<Feed> {
  const { client, owner } = useLive();
  return useQuery({
    ...handle,
    queryKey: ['live', owner, question],
    queryFn: async ({ signal }) => {
      const feed = client.feed(question);
      try {
        await feed.ready(signal);
        return feed;
      } catch (thrown) {
        feed.close();
        throw thrown;
      }
    },
  });
}

export function useFeedState(feed: Feed): FeedState {
  return useSyncExternalStore(
    (listener) => feed.subscribe(listener),
    () => feed.state(),
  );
}

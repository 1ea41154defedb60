import { QueryClient } from '@tanstack/react-query';

interface Closable {
  close(): void;
}

/**
 * The home of all server state. Some of it is live: its data is a handle that is held open (a connection, a feed),
 * and closed when the cache forgets it, some time after its last user.
 */
export function createQueryClient(): QueryClient {
  const client = new QueryClient({
    defaultOptions: {
      queries: {
        retry: false,
        refetchOnWindowFocus: false,
        refetchOnReconnect: false,
        networkMode: 'always',
      },
    },
  });
  client.getQueryCache().subscribe((event) => {
    if (event.type !== 'removed') return;
    const data: unknown = event.query.state.data;
    if (isClosable(data)) data.close();
  });
  return client;
}

/** What a query needs whose data is a handle. */
export const handle = {
  staleTime: Number.POSITIVE_INFINITY,
  gcTime: 1_000,
  structuralSharing: false,
} as const;

function isClosable(data: unknown): data is Closable {
  return typeof data === 'object' && data !== null && 'close' in data && typeof data.close === 'function';
}

import type { Feed } from '@lockstep/client';
import { Inbox, SearchX } from 'lucide-react';
import { type ReactNode, useRef } from 'react';
import { Button } from '../../../components/button';
import { Failure } from '../../../components/failure';
import { Hidden } from '../../../components/hidden';
import { Notice } from '../../../components/notice';
import { useHotkey } from '../../../lib/hotkeys';
import { useFeedState } from '../../../lib/live-query';
import { wordOf } from '../api/statuses';
import { type Filters, useFilters } from '../hooks/use-filters';
import { useOrders, useShownOrders } from '../hooks/use-orders';
import { OrdersGrid } from './orders-grid';
import { OrdersSkeleton } from './orders-skeleton';
import { OrdersToolbar } from './orders-toolbar';
import styles from './orders-workspace.module.css';

/** The orders of a shop, as they are at this moment. */
export function OrdersWorkspace({ tenant }: { readonly tenant: string }) {
  const orders = useOrders(tenant);
  if (orders.isPending) {
    return (
      <section className={styles.workspace}>
        <div className={styles.waitingToolbar} />
        <OrdersSkeleton />
      </section>
    );
  }
  if (orders.isError) {
    return (
      <Failure what="The orders could not be loaded" error={orders.error} onRetry={() => orders.refetch()} />
    );
  }
  return <LoadedOrders feed={orders.data} />;
}

function LoadedOrders({ feed }: { readonly feed: Feed }) {
  const filters = useFilters();
  const shown = useShownOrders(feed.rows, filters.status, filters.search, filters.sort);
  const search = useRef<HTMLInputElement>(null);
  const grid = useRef<HTMLDivElement>(null);
  useHotkey('/', () => {
    search.current?.focus();
    search.current?.select();
  });
  const toGrid = () => grid.current?.querySelector<HTMLElement>('[role=row][tabindex="0"]')?.focus();
  return (
    <section className={styles.workspace} aria-label="Orders">
      <OrdersToolbar
        rows={feed.rows}
        filters={filters}
        shown={shown.keys.length}
        search={search}
        onLeaveSearch={toGrid}
      />
      <Refused feed={feed} />
      {shown.keys.length === 0 && shown.ghosts.length === 0 ? (
        <Empty filters={filters} any={feed.rows.keys().length > 0} />
      ) : (
        <OrdersGrid
          rows={feed.rows}
          shown={shown}
          question={`${filters.status} ${filters.sort} ${filters.search}`}
          handle={grid}
        />
      )}
      <Hidden role="status">{filters.search === '' ? '' : `${shown.keys.length} found`}</Hidden>
    </section>
  );
}

/** The server no longer tells these rows: they stay readable, and that is said. */
function Refused({ feed }: { readonly feed: Feed }) {
  const state = useFeedState(feed);
  if (state.kind !== 'refused') return null;
  return (
    <div className={styles.refused} role="alert">
      <span>
        These orders no longer follow the shop: {state.error.message} ({state.error.code}
        {state.error.requestId !== undefined && `, request ${state.error.requestId}`})
      </span>
      <Button onClick={() => feed.retry()}>Try again</Button>
    </div>
  );
}

function Empty({ filters, any }: { readonly filters: Filters; readonly any: boolean }) {
  if (!any) {
    return (
      <Notice icon={Inbox} title="No orders yet">
        <p>
          New orders appear here the moment they are written to the table “orders”. There is nothing to
          reload.
        </p>
      </Notice>
    );
  }
  const reset = (
    <Button
      onClick={() => {
        filters.setSearch('');
        filters.setStatus('open');
      }}
    >
      Show all open orders
    </Button>
  );
  return (
    <Notice icon={SearchX} title="No order looks like that" action={reset}>
      <p>{emptyText(filters)}</p>
    </Notice>
  );
}

function emptyText({ status, search }: Filters): ReactNode {
  const among =
    status === 'open' || status === 'all' ? `${status} orders` : `orders that are “${wordOf(status)}”`;
  return search === ''
    ? `There are no ${among} at the moment.`
    : `Nothing among the ${among} contains “${search}”.`;
}

-- Who sees which orders. All of it is about the row and the token alone, so following it live costs
-- nothing. Writing is for service_role until the demo's people write through the data API.

alter table public.orders enable row level security;

drop policy if exists orders_own_tenant on public.orders;
create policy orders_own_tenant on public.orders as restrictive for select to authenticated
    using (tenant_id = (auth.jwt() -> 'app_metadata' ->> 'tenant_id')::uuid);

drop policy if exists orders_office on public.orders;
create policy orders_office on public.orders for select to authenticated
    using (auth.jwt() -> 'app_metadata' ->> 'role' in ('office', 'admin'));

drop policy if exists orders_server on public.orders;
create policy orders_server on public.orders for select to authenticated
    using (
        auth.jwt() -> 'app_metadata' ->> 'role' = 'server'
        and server_id = auth.uid()
        and status in ('pending', 'ready')
    );

drop policy if exists orders_cook on public.orders;
create policy orders_cook on public.orders for select to authenticated
    using (
        auth.jwt() -> 'app_metadata' ->> 'role' = 'cook'
        and station_id = auth.jwt() -> 'app_metadata' ->> 'station_id'
        and status in ('confirmed', 'preparing')
    );

drop policy if exists orders_expo on public.orders;
create policy orders_expo on public.orders for select to authenticated
    using (auth.jwt() -> 'app_metadata' ->> 'role' = 'expo' and status = 'ready');

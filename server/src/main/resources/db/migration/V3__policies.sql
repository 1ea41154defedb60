-- Rights may stand on rows of other tables: memberships, roles of people, settings of a tenant. The
-- log has to tell of their changes, so such a table joins the publication that no client can name.

create function lockstep.follow(wanted regclass) returns void
language plpgsql security definer set search_path = '' set lock_timeout = '2s' as $$
-- Adds the table to lockstep_internal. Never changes a replica identity: a table without one would
-- refuse every UPDATE and DELETE once it is published.
declare
    found record;
begin
    select c.relkind, c.relpersistence, c.relreplident, n.nspname,
        exists (
            select from pg_catalog.pg_index i
            where i.indrelid = c.oid
                and (c.relreplident = 'd' and i.indisprimary
                    or c.relreplident = 'i' and i.indisreplident)) as keyed,
        exists (
            select from pg_catalog.pg_publication_rel p
            where p.prrelid = c.oid and p.prattrs is not null) as cut
    into found
    from pg_catalog.pg_class c
    join pg_catalog.pg_namespace n on n.oid = c.relnamespace
    where c.oid = wanted;

    if found.relkind not in ('r', 'p') or found.relpersistence <> 'p'
        or found.nspname in ('pg_catalog', 'information_schema') then
        raise exception '% is no table whose changes are logged', wanted
            using errcode = 'wrong_object_type';
    elsif found.relreplident <> 'f' and not found.keyed then
        raise exception '% cannot be followed: its changes name no row', wanted
            using errcode = 'object_not_in_prerequisite_state',
                hint = format('ALTER TABLE %s REPLICA IDENTITY FULL;', wanted);
    elsif found.cut then
        raise exception '% cannot be followed: it is published without some of its columns', wanted
            using errcode = 'object_not_in_prerequisite_state',
                hint = 'Publish all of its columns.';
    end if;
    execute format('alter publication lockstep_internal add table %s', wanted);
exception when duplicate_object then
    return;
end
$$;
comment on function lockstep.follow(regclass) is
    'The server calls it for tables that row policies read. Only lockstep_replicator may.';
revoke execute on function lockstep.follow(regclass) from public;
grant execute on function lockstep.follow(regclass) to lockstep_replicator;

-- Many hands on one row: tables that keep a version, a time and a person with each row, however it
-- is written. What is kept for a table stands in lockstep.tracked; its triggers carry it out.

create table lockstep.tracked (
    relation regclass primary key,
    strict_version boolean not null default false,
    -- What track did and untrack takes back.
    added_columns text[] not null default '{}',
    identity_before "char" not null,
    published boolean not null default false,
    tracked_at timestamptz not null default now()
);
comment on table lockstep.tracked is 'The tables that lockstep.track made collaborative.';
comment on column lockstep.tracked.strict_version is
    'An update through the data API that names a version and finds no row is an error.';
grant select on lockstep.tracked to lockstep_replicator;

-- Who writes ------------------------------------------------------------------------------------------

create or replace function lockstep.touch() returns trigger language plpgsql as $$
-- Keeps version, updated_at and updated_by of a row, whoever writes it. Its arguments are the names
-- of the generated columns, which are not made yet when it runs, and the type of updated_by. Runs as
-- the writer, who may have no right to anything of ours, so it calls nothing.
declare
    claims jsonb := nullif(pg_catalog.current_setting('request.jwt.claims', true), '')::jsonb;
    generated text[] := case when tg_nargs > 0 then tg_argv[0]::text[] end;
begin
    if tg_op = 'UPDATE' then
        if (case when generated is null or generated = '{}' then old operator(pg_catalog.*=) new
            else (to_jsonb(old) - generated)::text = (to_jsonb(new) - generated)::text end) then
            return new; -- nothing changes, so the version does not either
        end if;
        new.version := coalesce(old.version, 0) + 1;
        new.updated_at := now();
    elsif new.version is null or new.version < 1 or new.version > 1000000000 then
        -- What an import brings stands, but nobody begins where the numbers end.
        new.version := 1;
    end if;
    if claims ->> 'sub' is not null then
        -- A subject that is no uuid cannot stand in a column of uuids.
        new.updated_by := case
            when tg_nargs < 2 or tg_argv[1] <> 'uuid'
                or claims ->> 'sub' ~* '^[0-9a-f]{8}-?([0-9a-f]{4}-?){3}[0-9a-f]{12}$'
                then claims ->> 'sub' end;
    elsif claims is not null and claims ->> 'role' is distinct from 'service_role' then
        new.updated_by := null; -- nobody signs for another
    end if;
    return new;
end
$$;
comment on function lockstep.touch() is
    'Without claims, or with those of service_role, what the statement writes to updated_by stands.';

-- Track -----------------------------------------------------------------------------------------------

create function lockstep.refuse_untrackable(wanted regclass) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
-- The right is the owner's: track changes the table on the owner's behalf.
declare
    c record;
    wrong record;
    caller name := case current_setting('role') when 'none' then session_user
        else current_setting('role') end;
begin
    select r.relkind, r.relpersistence, r.relispartition, n.nspname, r.relowner into c
    from pg_class r join pg_namespace n on n.oid = r.relnamespace
    where r.oid = wanted;

    if not found then
        raise exception 'there is no such table: %', wanted using errcode = 'undefined_table';
    elsif not pg_has_role(caller, c.relowner, 'usage') then
        raise exception 'must be owner of table %', wanted using errcode = 'insufficient_privilege';
    elsif c.relkind not in ('r', 'p') or c.relpersistence <> 'p'
        or c.nspname in ('pg_catalog', 'information_schema', 'lockstep') then
        raise exception '% cannot be tracked: it is no ordinary table of yours', wanted
            using errcode = 'wrong_object_type',
                hint = 'Track a permanent table: no view, no temporary, unlogged or foreign one.';
    elsif c.relispartition then
        raise exception '% cannot be tracked: it is a partition', wanted
            using errcode = 'wrong_object_type',
                hint = format('Track %s, which it is a part of.',
                    (select inhparent::regclass from pg_inherits where inhrelid = wanted));
    elsif not exists (select from pg_index where indrelid = wanted and indisprimary) then
        raise exception '% cannot be tracked: it has no primary key', wanted
            using errcode = 'object_not_in_prerequisite_state',
                hint = format('ALTER TABLE %s ADD PRIMARY KEY (…);', wanted);
    end if;

    for wrong in
        select a.attname, format_type(a.atttypid, null) as type, w.types, a.attgenerated
        from (values ('version', '{integer,bigint}'::text[]),
            ('updated_at', '{timestamp with time zone,timestamp without time zone}'),
            ('updated_by', '{uuid,text}')) as w (name, types)
        join pg_attribute a on a.attrelid = wanted and a.attname = w.name and not a.attisdropped
    loop
        if wrong.attgenerated <> '' or wrong.type <> all (wrong.types) then
            raise exception '% cannot be tracked: its column % is %', wanted, wrong.attname,
                    case when wrong.attgenerated <> '' then 'generated' else wrong.type end
                using errcode = 'datatype_mismatch',
                    hint = format('Make it %s, or rename it.', array_to_string(wrong.types, ' or '));
        end if;
    end loop;

    -- With REPLICA IDENTITY FULL, PostgreSQL refuses every update and delete of such tables.
    select a.attname into wrong from pg_attribute a
    where a.attrelid = wanted and a.attgenerated = 'v' and not a.attisdropped limit 1;
    if found then
        raise exception '% cannot be tracked: its column % is generated and not stored',
                wanted, wrong.attname
            using errcode = 'feature_not_supported',
                hint = 'The log cannot carry it. Make it STORED, or put it in a view.';
    end if;
    select p.pubname into wrong from pg_publication_rel r
    join pg_publication p on p.oid = r.prpubid and (p.pubupdate or p.pubdelete)
    where r.prattrs is not null
        and (r.prrelid = wanted or r.prrelid in (select relid from pg_partition_tree(wanted)))
    limit 1;
    if found then
        raise exception '% cannot be tracked: publication % names only some of its columns',
                wanted, wrong.pubname
            using errcode = 'object_not_in_prerequisite_state',
                hint = format('ALTER PUBLICATION %I DROP TABLE %s; grant clients the columns that '
                    'they may see instead.', wrong.pubname, wanted);
    end if;
end
$$;
revoke execute on function lockstep.refuse_untrackable(regclass) from public;

create function lockstep.publish_generated(wanted regclass) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
-- From version 18 on PostgreSQL refuses updates of a table whose whole old row is published without
-- its stored generated columns.
declare
    publication name;
begin
    if current_setting('server_version_num')::int < 180000 or not exists (
        select from pg_attribute
        where attrelid = wanted and attgenerated = 's' and not attisdropped) then
        return;
    end if;
    for publication in
        select p.pubname from pg_publication p
        where p.pubgencols = 'n' and p.pubname in ('supabase_realtime', 'lockstep_internal')
            and exists (
                select from pg_get_publication_tables(p.pubname) t
                where t.relid = wanted or t.relid in (select relid from pg_partition_tree(wanted)))
    loop
        execute format('alter publication %I set (publish_generated_columns = stored)', publication);
    end loop;
end
$$;
revoke execute on function lockstep.publish_generated(regclass) from public;

create function lockstep.touch_arguments(wanted regclass) returns text[]
language sql stable set search_path = pg_catalog, pg_temp as $$
    select array[
        coalesce(array_agg(attname::text order by attnum) filter (where attgenerated <> ''), '{}')::text,
        coalesce(max(format_type(atttypid, null)) filter (where attname = 'updated_by'), '')]
    from pg_attribute
    where attrelid = wanted and attnum > 0 and not attisdropped
$$;
revoke execute on function lockstep.touch_arguments(regclass) from public;

create function lockstep.set_triggers(wanted regclass) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
-- The last of the BEFORE triggers by name, so that it sees what the others made of the row.
declare
    arguments text[] := lockstep.touch_arguments(wanted);
begin
    execute format('drop trigger if exists zz_lockstep_touch on %s', wanted);
    execute format('create trigger zz_lockstep_touch before insert or update on %s'
        || ' for each row execute function lockstep.touch(%L, %L)',
        wanted, arguments[1], arguments[2]);
end
$$;
revoke execute on function lockstep.set_triggers(regclass) from public;

create function lockstep.track("table" regclass, strict_version boolean default false) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    wanted regclass := "table";
    missing record;
    added text[] := '{}';
    part regclass;
    publish boolean;
begin
    perform lockstep.refuse_untrackable(wanted);
    insert into lockstep.tracked as t (relation, strict_version, identity_before)
    select wanted, track.strict_version, relreplident from pg_class where oid = wanted
    on conflict (relation) do update set strict_version = excluded.strict_version;

    -- Constant defaults: no row is rewritten, however many there are.
    for missing in
        select w.name, w.definition
        from (values (1, 'version', 'bigint not null default 1'),
            (2, 'updated_at', 'timestamptz not null default now()'),
            (3, 'updated_by', 'text')) as w (place, name, definition)
        where not exists (
            select from pg_attribute a
            where a.attrelid = wanted and a.attname = w.name and not a.attisdropped)
        order by w.place
    loop
        execute format('alter table %s add column %I %s', wanted, missing.name, missing.definition);
        added := added || missing.name;
    end loop;

    -- Partitions do not inherit it.
    for part in
        select c.oid from pg_class c
        where (c.oid = wanted or c.oid in (select relid from pg_partition_tree(wanted)))
            and c.relreplident <> 'f'
    loop
        execute format('alter table %s replica identity full', part);
    end loop;

    publish := not exists (
        select from pg_publication_tables p
        join pg_class c on c.oid = wanted
        join pg_namespace n on n.oid = c.relnamespace
        where p.pubname = 'supabase_realtime' and p.schemaname = n.nspname and p.tablename = c.relname);
    if publish then
        execute format('alter publication supabase_realtime add table %s', wanted);
    end if;
    perform lockstep.publish_generated(wanted);

    perform lockstep.set_triggers(wanted);
    update lockstep.tracked t
    set added_columns = t.added_columns || added, published = t.published or publish
    where t.relation = wanted;
end
$$;
comment on function lockstep.track(regclass, boolean) is
    'Makes a table collaborative: version, updated_at and updated_by kept by trigger, whole old rows '
    'in the log, published. May be called again, also with other options. For the table''s owner.';

create function lockstep.untrack("table" regclass, drop_columns boolean default false) returns void
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
declare
    wanted regclass := "table";
    was lockstep.tracked;
    part regclass;
    name text;
begin
    select * into was from lockstep.tracked where relation = wanted;
    if not found then
        return;
    end if;
    if not pg_has_role(
        case current_setting('role') when 'none' then session_user else current_setting('role') end,
        (select relowner from pg_class where oid = wanted), 'usage') then
        raise exception 'must be owner of table %', wanted using errcode = 'insufficient_privilege';
    end if;

    execute format('drop trigger if exists zz_lockstep_touch on %s', wanted);
    if was.published and exists (
        select from pg_publication_rel r join pg_publication p on p.oid = r.prpubid
        where p.pubname = 'supabase_realtime' and r.prrelid = wanted) then
        execute format('alter publication supabase_realtime drop table %s', wanted);
    end if;
    if was.identity_before in ('d', 'n') then
        for part in
            select wanted union select relid from pg_partition_tree(wanted)
        loop
            execute format('alter table %s replica identity %s', part,
                case was.identity_before when 'd' then 'default' else 'nothing' end);
        end loop;
    end if;
    if drop_columns then
        foreach name in array was.added_columns loop
            execute format('alter table %s drop column if exists %I', wanted, name);
        end loop;
    end if;
    delete from lockstep.tracked where relation = wanted;
end
$$;
comment on function lockstep.untrack(regclass, boolean) is
    'Takes back what track did. The columns that it added stay, with what is in them, unless asked.';

-- DDL ---------------------------------------------------------------------------------------------------

create function lockstep.follow_ddl() returns event_trigger
language plpgsql security definer set search_path = pg_catalog, pg_temp as $$
-- A table that is gone is not tracked any more; one that lost what the triggers write to, or got a
-- column that the log cannot carry, would refuse every write, so it is let go; stored columns and
-- partitions that came later are taken up.
-- Never stands in the way of anybody's DDL.
declare
    t record;
    part regclass;
begin
    delete from lockstep.tracked
    where not exists (select from pg_class c where c.oid = relation);
    for t in
        select r.relation,
            (select count(*) from pg_attribute a
                where a.attrelid = r.relation and not a.attisdropped
                    and a.attname in ('version', 'updated_at', 'updated_by')) as kept,
            exists (select from pg_attribute a
                where a.attrelid = r.relation and a.attgenerated = 'v' and not a.attisdropped)
                as uncarried,
            lockstep.touch_arguments(r.relation) as wanted,
            (select g.tgargs from pg_trigger g
                where g.tgrelid = r.relation and g.tgname = 'zz_lockstep_touch') as arguments
        from lockstep.tracked r
    loop
        if t.arguments is null then
            continue; -- track is about to make it
        elsif t.kept < 3 then
            execute format('drop trigger zz_lockstep_touch on %s', t.relation);
            delete from lockstep.tracked where relation = t.relation;
            raise warning '% is not tracked any more: it has no version, updated_at or updated_by',
                t.relation using hint = format('select lockstep.track(%L)', t.relation::text);
            continue;
        elsif t.uncarried then
            perform lockstep.untrack(t.relation);
            raise warning '% is not tracked any more: it has a generated column that is not stored',
                t.relation using hint = format('Make it STORED, then: select lockstep.track(%L)',
                    t.relation::text);
            continue;
        elsif t.arguments <> convert_to(t.wanted[1], 'UTF8') || '\x00'::bytea
            || convert_to(t.wanted[2], 'UTF8') || '\x00'::bytea then
            perform lockstep.set_triggers(t.relation);
            perform lockstep.publish_generated(t.relation);
        end if;
        for part in
            select p.relid from pg_partition_tree(t.relation) p
            join pg_class c on c.oid = p.relid where c.relreplident <> 'f'
        loop
            execute format('alter table %s replica identity full', part);
        end loop;
    end loop;
exception when others then
    raise warning 'lockstep: tracked tables were not looked after: %', sqlerrm;
end
$$;

do $$
begin
    create event trigger lockstep_tracked on ddl_command_end
        when tag in ('ALTER TABLE', 'CREATE TABLE', 'DROP TABLE', 'DROP SCHEMA', 'DROP OWNED')
        execute function lockstep.follow_ddl();
exception
    when insufficient_privilege then
        raise notice 'Only a superuser can create event triggers: track a table again after its DDL.';
end
$$;

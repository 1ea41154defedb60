-- What Lockstep needs in a database: roles, schemas, publications, the DDL log.
-- Tolerates that any of it exists (Supabase's image brings much of it). Roles belong to the whole
-- cluster, so another database's installation may make them at the same moment: the installer
-- runs a lost race again.

-- Roles -------------------------------------------------------------------------------------------

do $$
declare
    wanted record;
begin
    for wanted in
        select *
        from (values
            ('anon', 'nologin noinherit'),
            ('authenticated', 'nologin noinherit'),
            ('service_role', 'nologin noinherit bypassrls'),
            ('authenticator', 'login noinherit'),
            ('lockstep_replicator', 'login replication bypassrls')
        ) as r (name, attributes)
    loop
        if not exists (select from pg_roles where rolname = wanted.name) then
            execute format('create role %I %s', wanted.name, wanted.attributes);
        end if;
    end loop;

    for wanted in
        select r.granted, r.member
        from (values
            ('anon', 'authenticator'),
            ('authenticated', 'authenticator'),
            ('service_role', 'authenticator'),
            ('pg_read_all_data', 'lockstep_replicator')
        ) as r (granted, member)
        where not pg_has_role(r.member, r.granted, 'member')
    loop
        execute format('grant %I to %I', wanted.granted, wanted.member);
    end loop;

    if not (select rolreplication and rolbypassrls from pg_roles where rolname = 'lockstep_replicator') then
        alter role lockstep_replicator replication bypassrls;
    end if;
    if not (select rolbypassrls from pg_roles where rolname = 'service_role') then
        alter role service_role bypassrls;
    end if;
end
$$;

-- public: what is made here later is for the API's roles, and row security says which rows ---------

grant usage on schema public to anon, authenticated, service_role;
alter default privileges in schema public grant all on tables to anon, authenticated, service_role;
alter default privileges in schema public grant all on sequences to anon, authenticated, service_role;
alter default privileges in schema public grant all on functions to anon, authenticated, service_role;

create schema if not exists extensions;
grant usage on schema extensions to anon, authenticated, service_role;

-- auth: who asks -----------------------------------------------------------------------------------
-- After the first transaction of a session an unset request.jwt.claims reads '', not NULL.

create schema if not exists auth;
grant usage on schema auth to anon, authenticated, service_role;

do $$
begin
    if to_regprocedure('auth.jwt()') is null then
        create function auth.jwt() returns jsonb language sql stable as
        $f$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb $f$;
    end if;
    if to_regprocedure('auth.uid()') is null then
        create function auth.uid() returns uuid language sql stable as
        $f$ select (nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'sub')::uuid $f$;
    end if;
    if to_regprocedure('auth.role()') is null then
        create function auth.role() returns text language sql stable as
        $f$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'role' $f$;
    end if;
    if to_regprocedure('auth.email()') is null then
        create function auth.email() returns text language sql stable as
        $f$ select nullif(current_setting('request.jwt.claims', true), '')::jsonb ->> 'email' $f$;
    end if;
end
$$;

-- lockstep: our own state ---------------------------------------------------------------------------

-- Flyway made the schema before this file; a schema that is ours is open to nobody by default.
revoke all on schema lockstep from public;
grant usage on schema lockstep to lockstep_replicator;

create table lockstep.settings (
    key text primary key,
    value text not null,
    updated_at timestamptz not null default now()
);
comment on table lockstep.settings is
    'Schema version, slot generation, keys. Secrets: for lockstep_replicator alone.';
grant select, insert, update, delete on lockstep.settings to lockstep_replicator;

-- Each half is 122 bits of the server's strong random source.
insert into lockstep.settings (key, value)
values (
    'token.key',
    encode(sha256(convert_to(gen_random_uuid()::text || gen_random_uuid()::text, 'UTF8')), 'hex')
);

create function lockstep.touch() returns trigger language plpgsql as $$
-- Keeps version, updated_at and updated_by of a row, whoever writes it.
begin
    if tg_op = 'INSERT' then
        new.version := coalesce(new.version, 1);
    else
        new.version := old.version + 1;
        new.updated_at := now();
    end if;
    new.updated_by := coalesce(auth.uid(), new.updated_by);
    return new;
end
$$;

-- realtime: messages by SQL ---------------------------------------------------------------------------

create schema if not exists realtime;
grant usage on schema realtime to anon, authenticated, service_role, lockstep_replicator;

do $$
begin
    if to_regprocedure('realtime.topic()') is null then
        create function realtime.topic() returns text language sql stable as
        $f$ select nullif(current_setting('realtime.topic', true), '') $f$;
    end if;
end
$$;

create table if not exists realtime.messages (
    topic text not null,
    extension text not null,
    payload jsonb,
    event text,
    private boolean default false,
    updated_at timestamp not null default timezone('utc', now()),
    inserted_at timestamp not null default timezone('utc', now()),
    id uuid not null default gen_random_uuid(),
    binary_payload bytea,
    primary key (id, inserted_at)
) partition by range (inserted_at);
alter table realtime.messages enable row level security;
grant select, insert, update on realtime.messages to anon, authenticated, service_role;

create function lockstep.make_message_partitions(ahead integer default 3) returns integer
language plpgsql security definer set search_path = '' as $$
-- Yesterday's (a session's clock may lag) to `ahead` days'; says how many were missing.
declare
    today date := timezone('utc', clock_timestamp())::date;
    day date;
    made integer := 0;
begin
    for day in select today + n from generate_series(-1, ahead) n loop
        if to_regclass(format('realtime.%I', 'messages_' || to_char(day, 'YYYY_MM_DD'))) is null then
            execute format(
                'create table realtime.%I partition of realtime.messages for values from (%L) to (%L)',
                'messages_' || to_char(day, 'YYYY_MM_DD'), day, day + 1);
            execute format('alter table realtime.%I enable row level security',
                'messages_' || to_char(day, 'YYYY_MM_DD'));
            made := made + 1;
        end if;
    end loop;
    return made;
exception when duplicate_table then
    return made; -- another server made them at the same moment
end
$$;

create function lockstep.drop_message_partitions(retention interval default '72 hours') returns integer
language plpgsql security definer set search_path = '' as $$
declare
    partition record;
    dropped integer := 0;
begin
    for partition in
        select c.relname
        from pg_catalog.pg_inherits i
        join pg_catalog.pg_class c on c.oid = i.inhrelid
        where i.inhparent = 'realtime.messages'::regclass
            and c.relname ~ '^messages_\d{4}_\d{2}_\d{2}$'
            and to_date(right(c.relname, 10), 'YYYY_MM_DD') + 1
                <= timezone('utc', clock_timestamp()) - retention
    loop
        execute format('drop table realtime.%I', partition.relname);
        dropped := dropped + 1;
    end loop;
    return dropped;
end
$$;

revoke execute on function lockstep.make_message_partitions(integer) from public;
revoke execute on function lockstep.drop_message_partitions(interval) from public;
grant execute on function lockstep.make_message_partitions(integer) to lockstep_replicator;
grant execute on function lockstep.drop_message_partitions(interval) to lockstep_replicator;
select lockstep.make_message_partitions();

-- Publications --------------------------------------------------------------------------------------

do $$
begin
    if not exists (select from pg_publication where pubname = 'supabase_realtime') then
        create publication supabase_realtime with (publish_via_partition_root = true);
    end if;
    if not exists (select from pg_publication where pubname = 'lockstep_internal') then
        create publication lockstep_internal for table realtime.messages
            with (publish_via_partition_root = true);
    end if;
end
$$;

-- The DDL log: shapes and rights change at a place in the order of the log ------------------------------

create function lockstep.log_ddl() returns event_trigger
language plpgsql set search_path = pg_catalog as $$
-- Never stands in the way of anybody's DDL. Temporary objects concern nobody else.
declare
    objects json;
begin
    if tg_event = 'sql_drop' then
        select json_agg(json_build_object(
            'type', object_type, 'schema', schema_name, 'identity', object_identity, 'oid', objid::bigint))
        into objects
        from (
            select * from pg_event_trigger_dropped_objects()
            where (original or object_type = 'table') and not is_temporary
            limit 100
        ) o;
    else
        select json_agg(json_build_object(
            'type', object_type, 'schema', schema_name, 'identity', object_identity, 'oid', objid::bigint))
        into objects
        from (
            select * from pg_event_trigger_ddl_commands()
            where schema_name is distinct from 'pg_temp'
            limit 100
        ) o;
    end if;
    if objects is not null then
        perform pg_logical_emit_message(true, 'lockstep.ddl',
            json_build_object('tag', tg_tag, 'event', tg_event, 'objects', objects)::text);
    end if;
exception when others then
    raise debug 'lockstep.log_ddl: %', sqlerrm;
end
$$;

do $$
begin
    create event trigger lockstep_ddl on ddl_command_end execute function lockstep.log_ddl();
    create event trigger lockstep_drop on sql_drop execute function lockstep.log_ddl();
exception
    when insufficient_privilege then
        raise notice 'Only a superuser can create event triggers: the catalogue is polled instead.';
end
$$;

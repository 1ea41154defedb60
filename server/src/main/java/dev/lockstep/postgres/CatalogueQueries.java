package dev.lockstep.postgres;

/// The catalogue's SQL. Every query runs with an empty `search_path`, and works from PostgreSQL 15.
final class CatalogueQueries {
    static final String EMPTY_PATH = "set local search_path = ''";

    /// The roles that a token may name. Superusers are never among them: a token that names one
    /// would be a key to the machine.
    static final String ROLE_SET =
            """
            select r.oid, r.rolname, r.rolbypassrls
            from pg_roles r
            where not r.rolsuper and r.rolname !~ '^pg_' and r.rolname <> $pool
                and (r.rolname in ('anon', 'authenticated', 'service_role')
                    or exists (
                        select from pg_roles p
                        where p.rolname = $pool and pg_has_role(p.oid, r.oid, 'member')))
            """;

    static final String TABLE_SET =
            """
            select c.oid, c.relnamespace, n.nspname, c.relname, c.relreplident, c.relrowsecurity,
                c.relforcerowsecurity, c.relowner, c.relkind, c.relpersistence
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p') and c.relpersistence <> 't'
                and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
            """;

    /// What the two publications carry of a table: that which clients may name comes first.
    static final String TABLES =
            """
            select c.oid::int8, c.nspname, c.relname, c.relreplident::text, c.relrowsecurity,
                visible.attnames is not null,
                coalesce(visible.attnames, internal.attnames)::text[],
                case
                    -- Of a root that is published for its partitions, no TRUNCATE of one is told.
                    when c.relkind = 'p'
                        or exists (select from pg_inherits i where i.inhparent = c.oid)
                        then 'IMPOSSIBLE'
                    when internal.attnames is not null and internal.rowfilter is null
                        or visible.attnames is not null and visible.rowfilter is null
                            and (select pubinsert and pubupdate and pubdelete and pubtruncate
                                from pg_publication where pubname = 'supabase_realtime')
                        then 'WHOLE'
                    -- Two publications of one subscriber may not differ in their columns.
                    when visible.attnames is null and c.relpersistence = 'p'
                        and (c.relreplident = 'f' or exists (
                            select from pg_index k where k.indrelid = c.oid
                                and (c.relreplident = 'd' and k.indisprimary
                                    or c.relreplident = 'i' and k.indisreplident)))
                        then 'POSSIBLE'
                    else 'IMPOSSIBLE'
                end
            from (%s) c
            left join pg_publication_tables visible
                on visible.pubname = 'supabase_realtime'
                and visible.schemaname = c.nspname and visible.tablename = c.relname
            left join pg_publication_tables internal
                on internal.pubname = 'lockstep_internal'
                and internal.schemaname = c.nspname and internal.tablename = c.relname
            """
                    .formatted(TABLE_SET);

    static final String PUBLISHES =
            """
            select word
            from pg_publication p,
                lateral (values ('INSERT', p.pubinsert), ('UPDATE', p.pubupdate),
                    ('DELETE', p.pubdelete), ('TRUNCATE', p.pubtruncate)) w (word, carried)
            where p.pubname = 'supabase_realtime' and carried
            """;

    /// `default` is resolved to the database's own; a builtin provider always compares bytes.
    static final String COLUMNS =
            """
            with byte_order as (
                select d.datlocprovider = 'b'
                    or d.datlocprovider = 'c'
                    and lower(d.datcollate) in ('c', 'posix', 'c.utf-8', 'c.utf8') as by_default
                from pg_database d where d.datname = current_database()
            )
            select a.attrelid::int8, a.attname, a.atttypid::int8, a.atttypmod,
                case
                    when a.attcollation = 0 then 'NONE'
                    when not l.collisdeterministic then 'NONDETERMINISTIC'
                    when l.collprovider = 'b'
                        or l.collprovider = 'd' and b.by_default
                        or l.collprovider = 'c'
                            and lower(l.collcollate) in ('c', 'posix', 'c.utf-8', 'c.utf8')
                        then 'BYTES'
                    else 'DETERMINISTIC'
                end,
                coalesce(a.attnum = any (k.indkey), false),
                a.attgenerated <> ''
            from (%s) c
            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            left join pg_index k on k.indrelid = c.oid and k.indisprimary
            left join pg_collation l on l.oid = a.attcollation
            cross join byte_order b
            order by a.attrelid, a.attnum
            """
                    .formatted(TABLE_SET);

    /// Per table and role that reads anything there: null for all columns, else their names. Most
    /// tables are granted whole, so columns are looked at one by one only where they must be.
    static final String READABLE =
            """
            select c.oid::int8, r.rolname,
                case when not has_table_privilege(r.oid, c.oid, 'select') then array(
                    select a.attname::text from pg_attribute a
                    where a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                        and has_column_privilege(r.oid, c.oid, a.attnum, 'select'))
                end
            from (%s) c
            cross join (%s) r
            where has_schema_privilege(r.oid, c.relnamespace, 'usage')
                and has_any_column_privilege(r.oid, c.oid, 'select')
            """
                    .formatted(TABLE_SET, ROLE_SET);

    static final String ROLES = "select rolname, rolbypassrls from (%s) r".formatted(ROLE_SET);

    /// The types that columns have, and those asked for, with all that they are made of.
    static final String TYPES =
            """
            with recursive used (oid) as (
                select a.atttypid
                from (%s) c
                join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
                union
                select t.oid from pg_type t where t.oid::int8 = any (?::int8[])
                union
                select part.oid
                from used u
                join pg_type t on t.oid = u.oid
                cross join lateral (
                    select t.typelem
                    where t.typsubscript = 'array_subscript_handler'::regproc
                    union all
                    select t.typbasetype where t.typtype = 'd'
                    union all
                    select a.atttypid from pg_attribute a
                    where t.typtype = 'c' and a.attrelid = t.typrelid
                        and a.attnum > 0 and not a.attisdropped
                ) part (oid)
            )
            select t.oid::int8, t.typname, t.typtype::text,
                case when t.typsubscript = 'array_subscript_handler'::regproc
                    then t.typelem::int8 else 0 end,
                (select e.typdelim::text from pg_type e where e.oid = t.typelem),
                t.typbasetype::int8,
                case t.typtype when 'e' then array(
                    select e.enumlabel::text from pg_enum e
                    where e.enumtypid = t.oid order by e.enumsortorder) end,
                case t.typtype when 'c' then array(
                    select a.attname::text from pg_attribute a
                    where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
                    order by a.attnum) end,
                case t.typtype when 'c' then array(
                    select a.atttypid::int8 from pg_attribute a
                    where a.attrelid = t.typrelid and a.attnum > 0 and not a.attisdropped
                    order by a.attnum) end
            from (select distinct oid from used) u
            join pg_type t on t.oid = u.oid
            """
                    .formatted(TABLE_SET);

    /// Changes when anything may have changed that a catalogue holds. Cheap, because it compares
    /// which transaction wrote each catalogue row (`xmin`) instead of reading what it wrote;
    /// objects below 16384 are PostgreSQL's own.
    static final String FINGERPRINT =
            """
            select concat_ws(' ',
                (select count(*) || ':' || sum(hashtextextended(concat_ws(' ', r.oid, r.rolname,
                    r.rolsuper, r.rolbypassrls, r.rolinherit), 0)) from pg_roles r),
                (select count(*) || ':' || sum(hashtextextended(concat_ws(' ', m.roleid, m.member,
                    m.xmin), 0)) from pg_auth_members m),
                (select count(*) || ':' || sum(hashtextextended(n.oid || ' ' || n.xmin, 0))
                    from pg_namespace n),
                (select count(*) || ':' || sum(hashtextextended(c.oid || ' ' || c.xmin, 0))
                    from pg_class c
                    where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.oid >= 16384),
                (select count(*) || ':' || sum(hashtextextended(a.attrelid || ' ' || a.xmin, 0))
                    from pg_attribute a where a.attrelid >= 16384 and a.attnum > 0),
                (select count(*) || ':' || sum(hashtextextended(i.indexrelid || ' ' || i.xmin, 0))
                    from pg_index i where i.indisprimary and i.indrelid >= 16384),
                (select count(*) || ':' || sum(hashtextextended(t.oid || ' ' || t.xmin, 0))
                    from pg_type t where t.oid >= 16384 and t.typtype in ('d', 'e', 'c', 'r')),
                (select count(*) || ':' || sum(hashtextextended(e.oid || ' ' || e.xmin, 0))
                    from pg_enum e),
                (select string_agg(p.oid || ' ' || p.xmin, ',' order by p.oid)
                    from pg_publication p),
                (select count(*) || ':' || sum(hashtextextended(p.oid || ' ' || p.xmin, 0))
                    from pg_publication_rel p),
                (select string_agg(p.oid || ' ' || p.xmin, ',' order by p.oid)
                    from pg_publication_namespace p),
                (select count(*) || ':' || sum(hashtextextended(p.oid || ' ' || p.xmin, 0))
                    from pg_policy p),
                (select count(*) || ':' || sum(hashtextextended(p.oid || ' ' || p.xmin, 0))
                    from pg_proc p where p.oid >= 16384),
                (select count(*) || ':' || sum(hashtextextended(w.oid || ' ' || w.xmin, 0))
                    from pg_rewrite w where w.oid >= 16384))
            """;

    private CatalogueQueries() {}

    /// @param pool the role whose memberships count, as a quoted literal
    static String forPool(String query, String pool) {
        return query.replace("$pool", "'" + pool.replace("'", "''") + "'");
    }
}

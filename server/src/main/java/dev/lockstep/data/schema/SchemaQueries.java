package dev.lockstep.data.schema;

/// The schema cache's SQL. Every query runs with an empty `search_path`, so that types and
/// expressions are printed with their schemas, and works from PostgreSQL 15. `$schemas` stands for
/// the exposed ones, `$pool` for the account that serves requests.
final class SchemaQueries {
    private SchemaQueries() {}

    private static final String RELATION_SET =
            """
            select c.oid, c.relnamespace, n.nspname, c.relname, c.relkind
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.relpersistence <> 't'
                and n.nspname = any ($schemas)
            """;

    private static final String ROLE_SET =
            """
            select r.oid, r.rolname
            from pg_roles r
            where not r.rolsuper and r.rolname !~ '^pg_' and r.rolname <> $pool
                and (r.rolname in ('anon', 'authenticated', 'service_role')
                    or exists (
                        select from pg_roles p
                        where p.rolname = $pool and pg_has_role(p.oid, r.oid, 'member')))
            """;

    static final String RELATIONS =
            """
            select c.oid::int8, c.nspname, c.relname,
                array(
                    select r.rolname::text from (%s) r
                    where has_schema_privilege(r.oid, c.relnamespace, 'usage')
                        and (has_table_privilege(r.oid, c.oid, 'delete')
                            or has_any_column_privilege(r.oid, c.oid, 'select, insert, update'))),
                exists (
                    select from lockstep.tracked t where t.relation = c.oid and t.strict_version)
            from (%s) c
            """
                    .formatted(ROLE_SET, RELATION_SET);

    /// What `to_json` prints otherwise than `to_jsonb`, looking through domains.
    static final String COLUMNS =
            """
            with recursive kinds (oid, base) as (
                select t.oid, t.oid from pg_type t where t.typtype <> 'd'
                union all
                select t.oid, k.base from pg_type t join kinds k on k.oid = t.typbasetype
                where t.typtype = 'd'
            )
            select a.attrelid::int8, a.attname, a.attnum::int4, format_type(a.atttypid, null),
                k.base in ('json'::regtype, 'jsonb'::regtype),
                k.base = 'tsvector'::regtype,
                k.base in ('json'::regtype, 'float4'::regtype, 'float8'::regtype)
                    or t.typtype = 'c'
                    or t.typsubscript = 'array_subscript_handler'::regproc,
                case when a.attidentity <> '' then
                        'nextval(' || quote_literal(
                            pg_get_serial_sequence(c.nspname_quoted, a.attname)) || '::regclass)'
                    when a.attgenerated = '' then pg_get_expr(d.adbin, d.adrelid) end
            from (
                select s.*, quote_ident(s.nspname) || '.' || quote_ident(s.relname) as nspname_quoted
                from (%s) s
            ) c
            join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
            join kinds k on k.oid = a.atttypid
            join pg_type t on t.oid = k.base
            left join pg_attrdef d on d.adrelid = a.attrelid and d.adnum = a.attnum
            order by a.attrelid, a.attnum
            """
                    .formatted(RELATION_SET);

    /// Primary keys and what else is unique, of all tables: views of exposed schemas may be over
    /// tables of others.
    static final String KEYS =
            """
            select i.indrelid::int8, i.indkey::int2[]::int4[], i.indisprimary
            from pg_index i
            where i.indisunique and i.indpred is null and i.indexprs is null
                and i.indrelid >= 16384 and i.indnkeyatts = i.indnatts
            """;

    static final String FOREIGN_KEYS =
            """
            select k.conname, k.conrelid::int8, k.conkey::int4[], k.confrelid::int8, k.confkey::int4[]
            from pg_constraint k
            where k.contype = 'f' and k.conparentid = 0
            """;

    static final String VIEWS =
            """
            select r.ev_class::int8, r.ev_action::text
            from pg_rewrite r
            join pg_class c on c.oid = r.ev_class
            where c.relkind in ('v', 'm') and c.oid >= 16384 and r.rulename = '_RETURN'
            """;

    static final String FUNCTIONS =
            """
            select p.oid::int8, n.nspname, p.proname,
                array(select coalesce(a.name, '') from arguments a
                    where a.mode in ('i', 'b', 'v') order by a.place),
                array(select format_type(a.type, null) from arguments a
                    where a.mode in ('i', 'b', 'v') order by a.place),
                p.pronargs - p.pronargdefaults, p.provariadic <> 0, p.proretset,
                case when t.typname = 'void' then 'VOID'
                    when t.typtype = 'c' or t.typname = 'record' then 'COMPOSITE'
                    else 'SCALAR' end,
                t.typrelid::int8,
                coalesce((select f.typrelid::int8 from pg_type f where f.oid = p.proargtypes[0]), 0),
                p.prorows = 1, p.provolatile = 'v', coalesce(p.proconfig, '{}'::text[]),
                array(select r.rolname::text from (%s) r
                    where has_schema_privilege(r.oid, p.pronamespace, 'usage')
                        and has_function_privilege(r.oid, p.oid, 'execute'))
            from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace
            join pg_type t on t.oid = p.prorettype
            where p.prokind = 'f' and n.nspname = any ($schemas)
                and t.typname not in ('trigger', 'event_trigger')
            """
                    .formatted(ROLE_SET)
                    .replace(
                            "from arguments a",
                            "from unnest(coalesce(p.proallargtypes, p.proargtypes::oid[]),"
                                    + " p.proargnames, coalesce(p.proargmodes::text[],"
                                    + " array_fill('i'::text, array[p.pronargs::int4])))"
                                    + " with ordinality as a (type, name, mode, place)");

    /// Only what the serving account may set on another's behalf.
    static final String ROLE_SETTINGS =
            """
            select r.rolname, split_part(one, '=', 1), substr(one, strpos(one, '=') + 1)
            from pg_db_role_setting s
            join pg_roles r on r.oid = s.setrole
            cross join lateral unnest(s.setconfig) one
            left join pg_settings g on g.name = split_part(one, '=', 1)
            where s.setdatabase in (0, (select oid from pg_database where datname = current_database()))
                and (g.name is null or g.context = 'user'
                    or has_parameter_privilege($pool, g.name, 'set'))
            order by s.setdatabase
            """;

    /// Changes when anything may have changed that a cache holds: it compares which transaction
    /// wrote each catalogue row. Objects below 16384 are PostgreSQL's own.
    static final String FINGERPRINT =
            """
            select concat_ws(' ',
                (select count(*) || ':' || sum(hashtextextended(c.oid || ' ' || c.xmin, 0))
                    from pg_class c
                    where c.relkind in ('r', 'p', 'v', 'm', 'f') and c.oid >= 16384),
                (select count(*) || ':' || sum(hashtextextended(a.attrelid || ' ' || a.xmin, 0))
                    from pg_attribute a where a.attrelid >= 16384 and a.attnum > 0),
                (select count(*) || ':' || sum(hashtextextended(d.oid || ' ' || d.xmin, 0))
                    from pg_attrdef d),
                (select count(*) || ':' || sum(hashtextextended(t.relation::oid || ' ' || t.xmin, 0))
                    from lockstep.tracked t),
                (select count(*) || ':' || sum(hashtextextended(i.indexrelid || ' ' || i.xmin, 0))
                    from pg_index i where i.indisunique and i.indrelid >= 16384),
                (select count(*) || ':' || sum(hashtextextended(k.oid || ' ' || k.xmin, 0))
                    from pg_constraint k where k.oid >= 16384),
                (select count(*) || ':' || sum(hashtextextended(w.oid || ' ' || w.xmin, 0))
                    from pg_rewrite w where w.oid >= 16384),
                (select count(*) || ':' || sum(hashtextextended(p.oid || ' ' || p.xmin, 0))
                    from pg_proc p where p.oid >= 16384),
                (select count(*) || ':' || sum(hashtextextended(t.oid || ' ' || t.xmin, 0))
                    from pg_type t where t.oid >= 16384),
                (select count(*) || ':' || sum(hashtextextended(n.oid || ' ' || n.xmin, 0))
                    from pg_namespace n),
                (select count(*) || ':' || sum(hashtextextended(s.setrole || ' ' || s.xmin, 0))
                    from pg_db_role_setting s),
                (select count(*) || ':' || sum(hashtextextended(concat_ws(' ', r.oid, r.rolname,
                    r.rolsuper), 0)) from pg_roles r),
                (select count(*) || ':' || sum(hashtextextended(concat_ws(' ', m.roleid, m.member,
                    m.xmin), 0)) from pg_auth_members m))
            """;
}

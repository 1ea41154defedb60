package dev.lockstep.postgres;

/// The SQL for what decides about rows. Every query runs with an empty `search_path`, so that
/// PostgreSQL qualifies in its texts whatever is not its own.
final class PolicyQueries {
    /// A policy for ALL that has only a `WITH CHECK` says nothing about what is seen.
    static final String POLICIES =
            """
            select p.polrelid::int8, p.polname, p.polpermissive,
                array(select r.rolname::text from (%s) r
                    where exists (select from unnest(p.polroles) g (oid)
                        where g.oid = 0 or pg_has_role(r.oid, g.oid, 'usage'))
                    order by 1),
                pg_get_expr(p.polqual, p.polrelid)
            from pg_policy p
            where p.polcmd in ('r', '*') and p.polqual is not null
            order by p.polrelid, p.polname
            """
                    .formatted(CatalogueQueries.ROLE_SET);

    static final String EXEMPT =
            """
            select c.oid::int8, r.rolname
            from (%s) c
            cross join (%s) r
            where c.relrowsecurity
                and (r.rolbypassrls
                    or not c.relforcerowsecurity and pg_has_role(r.oid, c.relowner, 'usage'))
            """
                    .formatted(CatalogueQueries.TABLE_SET, CatalogueQueries.ROLE_SET);

    /// Extensions bring thousands, of which policies hardly ever call one that is not immutable.
    /// What arguments are by default belongs to the body: calls do not show it.
    static final String ROUTINES =
            """
            select n.nspname, p.proname, p.provolatile = 'i', l.lanname,
                case when l.lanname in ('sql', 'plpgsql')
                    then coalesce(pg_get_function_sqlbody(p.oid), p.prosrc)
                        || coalesce(E'\\n' || pg_get_expr(p.proargdefaults, 0), '') else '' end,
                concat_ws(' ', p.prosecdef, p.proowner, p.proacl, p.proconfig)
            from pg_proc p
            join pg_namespace n on n.oid = p.pronamespace
            join pg_language l on l.oid = p.prolang
            where p.prokind = 'f' and p.oid >= 16384
                and p.prorettype not in (
                    'pg_catalog.trigger'::regtype, 'pg_catalog.event_trigger'::regtype)
                and (l.lanname in ('sql', 'plpgsql') or exists (
                    select from pg_depend d where d.classid = 'pg_catalog.pg_policy'::regclass
                        and d.refclassid = 'pg_catalog.pg_proc'::regclass and d.refobjid = p.oid))
            order by 1, 2, p.oid
            """;

    /// What changes otherwise than by its tables' rows has no text: sequences too can be selected
    /// from.
    static final String VIEWS =
            """
            select n.nspname, c.relname,
                case when c.relkind = 'v' then pg_get_viewdef(c.oid) else '' end,
                concat_ws(' ', c.relowner, c.relacl, c.reloptions)
            from pg_class c
            join pg_namespace n on n.oid = c.relnamespace
            where c.relkind in ('v', 'm', 'f', 'S') and c.oid >= 16384
                and n.nspname <> 'information_schema'
            """;

    static final String OPERATORS =
            """
            select n.nspname || '.' || o.oprname
            from pg_operator o
            join pg_namespace n on n.oid = o.oprnamespace
            join pg_proc p on p.oid = o.oprcode
            where o.oid >= 16384
            group by 1
            having bool_and(p.provolatile = 'i')
            """;

    private PolicyQueries() {}
}

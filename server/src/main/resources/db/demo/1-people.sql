-- The people that the demo's picker offers, until sign-in exists. Neither exposed nor published.

create table if not exists lockstep.demo_people (
    id uuid primary key,
    name text not null,
    role text not null,
    colour text not null,
    tenant_id uuid not null,
    tenant text not null
);
grant select on lockstep.demo_people to lockstep_replicator;

insert into lockstep.demo_people (id, name, role, colour, tenant_id, tenant)
select ('00000000-0000-4000-8000-00000000010' || n)::uuid,
    name,
    role,
    colour,
    '00000000-0000-4000-8000-000000000001',
    'Marigold & Thyme'
from (values
    (1, 'Ingrid Solheim', 'Owner', '#b4235a'),
    (2, 'Tomás Herrera', 'Head florist', '#1f7a5c'),
    (3, 'Aiko Tanaka', 'Florist', '#6d4bd1'),
    (4, 'Leïla Benali', 'Counter', '#c2570c'),
    (5, 'Samuel Okafor', 'Driver', '#1668b8'),
    (6, 'Zofia Zielińska', 'Driver', '#8a6100')
) as p (n, name, role, colour)
on conflict (id) do nothing;

-- The people that the demo's picker offers, until sign-in exists. Neither exposed nor published.

create table if not exists lockstep.demo_people (
    id uuid primary key,
    name text not null,
    role text not null,
    colour text not null,
    tenant_id uuid not null,
    tenant text not null
);
alter table lockstep.demo_people
    add column if not exists duty text not null default 'office'
        check (duty in ('office', 'admin', 'server', 'cook', 'expo')),
    add column if not exists station_id text;
comment on column lockstep.demo_people.duty is
    'What the rules for rows go by; goes into tokens as app_metadata.role.';
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

insert into lockstep.demo_people (id, name, role, colour, tenant_id, tenant, duty, station_id)
select ('00000000-0000-4000-8000-00000000020' || n)::uuid,
    name,
    role,
    colour,
    '00000000-0000-4000-8000-000000000002',
    'Brasserie Lindenhof',
    duty,
    station
from (values
    (1, 'Margaux Keller', 'Manager', '#8a2f6b', 'admin', null),
    (2, 'Dario Conti', 'Server, terrace', '#1668b8', 'server', null),
    (3, 'Nadia Haddad', 'Server, hall', '#1f7a5c', 'server', null),
    (4, 'Jonas Berger', 'Server, garden', '#5c6b1f', 'server', null),
    (5, 'Inês Carvalho', 'Server, upstairs', '#0f7480', 'server', null),
    (6, 'Bastien Roux', 'Cook, grill', '#b4431a', 'cook', 'grill'),
    (7, 'Mina Sato', 'Cook, pastry', '#6d4bd1', 'cook', 'pastry'),
    (8, 'Owen Price', 'Expediter', '#8a6100', 'expo', null)
) as p (n, name, role, colour, duty, station)
on conflict (id) do nothing;

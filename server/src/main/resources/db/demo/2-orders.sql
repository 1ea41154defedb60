-- Orders of one tenant, a flower shop; the same table serves shop, restaurant and florist.

create table if not exists public.orders (
    id uuid primary key default gen_random_uuid(),
    tenant_id uuid not null,
    readable_id text not null,
    source text not null default 'phone'
        check (source in ('web', 'phone', 'walk_in', 'pos', 'shopify')),
    external_id text,
    customer_name text not null,
    customer_phone text,
    status text not null default 'pending'
        check (status in ('pending', 'confirmed', 'preparing', 'in_progress', 'ready', 'delivered',
            'completed', 'cancelled')),
    priority text not null default 'normal'
        check (priority in ('low', 'normal', 'high', 'urgent')),
    delivery_type text not null default 'pickup'
        check (delivery_type in ('delivery', 'pickup', 'dine_in')),
    fulfillment_type text not null default 'standard'
        check (fulfillment_type in ('standard', 'express', 'scheduled')),
    due_at timestamptz,
    assigned_to uuid,
    server_id uuid,
    station_id text,
    table_no text,
    total numeric(12, 2) not null default 0,
    currency text not null default 'EUR' check (currency ~ '^[A-Z]{3}$'),
    notes text,
    version integer not null default 1,
    created_at timestamptz not null default now(),
    updated_at timestamptz not null default now(),
    updated_by uuid,
    unique (tenant_id, readable_id),
    unique (tenant_id, source, external_id)
);
create index if not exists idx_orders_tenant_updated on public.orders (tenant_id, updated_at);
create index if not exists idx_orders_tenant_due on public.orders (tenant_id, due_at, id);
drop trigger if exists touch_new on public.orders;
drop trigger if exists touch on public.orders;
select lockstep.track('public.orders', strict_version => true);

revoke all on public.orders from anon, authenticated, service_role;
grant select on public.orders to authenticated;
grant all on public.orders to service_role;

-- 240 orders around now: every figure comes from a hash of the row's number, so that each load is
-- alike.
-- Numbers of telephones are from the ranges that are kept free for stories.
with names as (
    select array[
        'Amara Nwosu', 'Yuki Watanabe', 'Mateo Fernández', 'Priya Raghunathan', 'Lars Andersen',
        'Fatima Al-Sayed', 'Chloé Dubois', 'Nikolai Petrov', 'Mei-Ling Chen', 'João Pereira',
        'Aoife Gallagher', 'Kwame Mensah', 'Elif Yıldız', 'Giulia Romano', 'Hye-jin Park',
        'Oluwaseun Adeyemi', 'Katarzyna Nowak', 'Ravi Subramaniam', 'Sofía Castillo', 'Henrik Lindqvist',
        'Nguyễn Thu Hà', 'Dimitra Papadopoulou', 'Malik Thompson', 'Anneke de Vries', 'Arjun Mehta',
        'Leilani Kahale', 'Bogdan Ionescu', 'Noor Hassan', 'Siobhán O''Reilly', 'Takeshi Mori',
        'Ximena Quispe', 'Wanjiru Kamau', 'Jonas Müller', 'Esra Demir', 'Marta Kowalczyk',
        'Thabo Nkosi', 'Camille Laurent', 'Ivana Horvat', 'Rashid Karimov', 'Astrid Berg',
        'Li Na', 'Emeka Obi', 'Valentina Rossi', 'Daniel Goldberg', 'Sunita Sharma',
        'Péter Szabó', 'Amélie Tremblay', 'Farid Rahimi', 'Tamika Johnson', 'Oksana Shevchenko',
        'Diego Morales', 'Hannah Schneider', 'Manaia Te Rangi', 'Kofi Asante', 'Yasmin Haddad',
        'Erik Johansson', 'Phạm Minh Tuấn', 'Isla MacLeod', 'Goran Petrović', 'Rosa Delgado'
    ] as list
), notes as (
    select array[
        'Card: “Happy birthday, Mum”', 'Leave with the neighbour at no. 14 if nobody opens',
        'White and green only, no lilies: allergy', 'Ring the bell twice, the dog is friendly',
        'Wrap as a gift, no price inside', 'Table centrepieces, low enough to talk over',
        'Ramo de novia: peonías y eucalipto', 'Anniversary, please include the red ribbon',
        'Reception desk, ask for the event team', 'Keep cool until pick-up',
        'Für die Beerdigung am Nachmittag, Schleife: „In Liebe“', 'Customer pays on delivery'
    ] as list
), base as (
    select n,
        -- Due every seven minutes or so, from nine hours ago to nineteen ahead, on whole slots.
        date_bin('5 minutes', now() - interval '9 hours' + n * interval '7 minutes', timestamptz '2026-01-01') as due,
        h,
        get_byte(h, 0) * 100 / 256 as dice
    from generate_series(1, 240) n,
        lateral (select sha256(convert_to('lockstep demo order ' || n, 'UTF8'))) hash (h)
), placed as (
    select *,
        extract(epoch from due - now()) / 60 as minutes,
        (array['web', 'web', 'web', 'phone', 'phone', 'shopify', 'shopify', 'walk_in'])[1 + get_byte(h, 1) % 8] as source
    from base
), routed as (
    select *,
        case when source <> 'walk_in' and get_byte(h, 2) % 5 < 3 then 'delivery' else 'pickup' end as delivery
    from placed
), staged as (
    select *,
        case
            when dice < 4 then 'cancelled'
            when minutes < -90 or minutes < -10 and dice < 70 then
                case when delivery = 'delivery' then 'delivered' else 'completed' end
            when minutes < -10 then 'ready'
            when minutes < 30 then case when dice < 60 then 'ready' else 'in_progress' end
            when minutes < 90 then case when dice < 55 then 'in_progress' else 'preparing' end
            when minutes < 240 then case when dice < 40 then 'preparing' else 'confirmed' end
            else case when dice < 65 then 'confirmed' else 'pending' end
        end as stage
    from routed
)
insert into public.orders (id, tenant_id, readable_id, source, external_id, customer_name,
    customer_phone, status, priority, delivery_type, fulfillment_type, due_at, assigned_to, total,
    currency, notes, version, created_at, updated_at, updated_by)
select encode(substring(h from 1 for 16), 'hex')::uuid,
    '00000000-0000-4000-8000-000000000001',
    'MT-' || 10400 + n,
    source,
    case source when 'web' then 'w-' || 88210 + n * 3 when 'shopify' then (5620391000000 + n * 7919)::text end,
    names.list[1 + (n * 17) % cardinality(names.list)],
    case get_byte(h, 3) % 3
        when 0 then '+44 7700 900' || lpad((n * 13 % 1000)::text, 3, '0')
        when 1 then '+1 202 555 01' || lpad((n * 7 % 100)::text, 2, '0')
        else '+61 491 570 1' || lpad((n * 11 % 100)::text, 2, '0')
    end,
    stage,
    case when get_byte(h, 4) >= 245 then 'urgent' when get_byte(h, 4) >= 215 then 'high'
        when get_byte(h, 4) < 12 then 'low' else 'normal' end,
    delivery,
    case when get_byte(h, 5) >= 225 then 'express' when get_byte(h, 5) % 4 = 0 then 'scheduled'
        else 'standard' end,
    due,
    case when stage not in ('pending', 'cancelled')
        then ('00000000-0000-4000-8000-00000000010' || (array[2, 3, 4, 5, 6])[1 + get_byte(h, 6) % 5])::uuid
    end,
    (array[18.5, 24.9, 24.9, 32, 32, 39.5, 39.5, 45, 58, 72.5, 95, 180])[1 + get_byte(h, 7) % 12]
        + (array[0, 0, 4.5, 6.9, 12])[1 + get_byte(h, 8) % 5],
    'EUR',
    case when get_byte(h, 9) % 3 = 0
        then notes.list[1 + get_byte(h, 10) % cardinality(notes.list)] end,
    1,
    created,
    least(created + get_byte(h, 11) * interval '1 minute', now()),
    '00000000-0000-4000-8000-000000000104'
from staged,
    lateral (select least(due, now()) - (20 + get_byte(h, 12) * 6) * interval '1 minute') as c (created),
    names,
    notes
on conflict do nothing;

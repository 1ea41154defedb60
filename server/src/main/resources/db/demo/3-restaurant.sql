-- A restaurant's evening in the same table of orders: tables, stations, and who serves them.

with dishes as (
    select array[
        'Guest at the window', 'Walk-in, party of four', 'Hotel guest 214', 'Regulars', 'Birthday party',
        'Business lunch', 'Two and a pram', 'Couple, terrace', 'Group of eight', 'Chef’s table'
    ] as guests, array[
        'No nuts: allergy', 'Steak medium, sauce apart', 'One menu without lactose', 'In a hurry: theatre at eight',
        'Vegan', 'Candles with the dessert', 'High chair, please', 'Split the bill'
    ] as notes
), base as (
    select n, sha256(convert_to('lockstep demo table ' || n, 'UTF8')) as h
    from generate_series(1, 96) n
), staged as (
    select *,
        (array['pending', 'confirmed', 'confirmed', 'preparing', 'preparing', 'preparing', 'ready', 'ready',
            'completed', 'completed', 'completed', 'cancelled'])[1 + get_byte(h, 0) % 12] as stage
    from base
)
insert into public.orders (id, tenant_id, readable_id, source, customer_name, status, priority,
    delivery_type, due_at, server_id, station_id, table_no, total, notes, version, created_at, updated_at,
    updated_by)
select encode(substring(h from 1 for 16), 'hex')::uuid,
    '00000000-0000-4000-8000-000000000002',
    'BL-' || 700 + n,
    'pos',
    dishes.guests[1 + get_byte(h, 1) % cardinality(dishes.guests)],
    stage,
    case when get_byte(h, 2) > 230 then 'high' else 'normal' end,
    'dine_in',
    now() - interval '70 minutes' + n * interval '1 minute',
    ('00000000-0000-4000-8000-00000000020' || 2 + get_byte(h, 3) % 4)::uuid,
    (array['grill', 'pastry', 'cold', 'bar'])[1 + get_byte(h, 4) % 4],
    (1 + get_byte(h, 5) % 24)::text,
    round((12 + get_byte(h, 6) * 0.45)::numeric, 2),
    case when get_byte(h, 7) % 3 = 0 then dishes.notes[1 + get_byte(h, 8) % cardinality(dishes.notes)] end,
    1,
    now() - interval '100 minutes' + n * interval '50 seconds',
    now() - interval '90 minutes' + n * interval '50 seconds',
    '00000000-0000-4000-8000-000000000201'
from staged, dishes
on conflict do nothing;

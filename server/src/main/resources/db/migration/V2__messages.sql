-- Messages by SQL: what an application calls to say something in a topic, and what a replay reads.
-- A function that is there already (Supabase's image brings its own) stays.

do $$
begin
    if to_regprocedure('realtime.send(jsonb,text,text,boolean)') is null then
        create function realtime.send(payload jsonb, event text, topic text, private boolean default true)
        returns void language plpgsql as
        $f$
        -- Never stands in the way of its caller's transaction: what fails becomes a warning.
        declare
            message_id uuid := gen_random_uuid();
            body jsonb := payload;
        begin
            begin
                if jsonb_typeof(body) = 'object' and not body ? 'id' then
                    body := body || jsonb_build_object('id', message_id);
                end if;
                perform set_config('realtime.topic', topic, true);
                insert into realtime.messages (id, payload, event, topic, private, extension)
                values (message_id, body, event, topic, private, 'broadcast');
            exception when others then
                raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
            end;
        end
        $f$;
    end if;

    if to_regprocedure('realtime.send_binary(bytea,text,text,boolean)') is null then
        create function realtime.send_binary(payload bytea, event text, topic text, private boolean default true)
        returns void language plpgsql as
        $f$
        begin
            begin
                perform set_config('realtime.topic', topic, true);
                insert into realtime.messages (binary_payload, event, topic, private, extension)
                values (payload, event, topic, private, 'broadcast');
            exception when others then
                raise warning 'WarnSendingBroadcastMessage: %', sqlerrm;
            end;
        end
        $f$;
    end if;

    if to_regprocedure('realtime.broadcast_changes(text,text,text,text,text,record,record,text)') is null then
        create function realtime.broadcast_changes(
            topic_name text, event_name text, operation text, table_name text, table_schema text,
            new record, old record, level text default 'ROW')
        returns void language plpgsql as
        $f$
        begin
            if level = 'STATEMENT' then
                raise exception 'function can only be triggered for each row, not for each statement';
            end if;
            if operation is null or operation not in ('INSERT', 'UPDATE', 'DELETE') then
                raise exception 'Unexpected operation type: %', operation;
            end if;
            perform realtime.send(
                jsonb_build_object(
                    'old_record', old, 'record', new, 'operation', operation,
                    'table', table_name, 'schema', table_schema),
                event_name, topic_name);
        end
        $f$;
    end if;
end
$$;

-- A replay tells one transaction's messages in the order in which they were made, so their times
-- must differ: the statement's clock, not the transaction's. Only where the default is ours.
do $$
begin
    if exists (
        select from pg_attrdef d
        join pg_attribute a on a.attrelid = d.adrelid and a.attnum = d.adnum
        where d.adrelid = 'realtime.messages'::regclass and a.attname = 'inserted_at'
            and pg_get_expr(d.adbin, d.adrelid) = 'timezone(''utc''::text, now())'
    ) then
        alter table realtime.messages
            alter column inserted_at set default timezone('utc', clock_timestamp());
    end if;

    if not exists (
        select from pg_indexes
        where schemaname = 'realtime' and tablename = 'messages' and indexdef ~ '\mtopic\M'
    ) then
        create index messages_topic_inserted_at on realtime.messages (topic, inserted_at)
            where private and extension = 'broadcast';
    end if;
end
$$;

-- Files: what is known of them. The bytes lie elsewhere, under the id that stands in `version`.
-- Tolerates Supabase's own schema, of which this is the part that its storage API needs.

create schema if not exists storage;
grant usage on schema storage to anon, authenticated, service_role;

create table if not exists storage.buckets (
    id text primary key,
    name text not null,
    owner uuid,
    created_at timestamptz default now(),
    updated_at timestamptz default now(),
    public boolean default false,
    avif_autodetection boolean default false,
    file_size_limit bigint,
    allowed_mime_types text[],
    owner_id text
);
alter table storage.buckets
    add column if not exists public boolean default false,
    add column if not exists avif_autodetection boolean default false,
    add column if not exists file_size_limit bigint,
    add column if not exists allowed_mime_types text[],
    add column if not exists owner_id text;
create unique index if not exists bname on storage.buckets (name);

create table if not exists storage.objects (
    id uuid primary key default gen_random_uuid(),
    bucket_id text references storage.buckets (id),
    name text,
    owner uuid,
    created_at timestamptz default now(),
    updated_at timestamptz default now(),
    last_accessed_at timestamptz default now(),
    metadata jsonb,
    path_tokens text[] generated always as (string_to_array(name, '/')) stored,
    version text,
    owner_id text,
    user_metadata jsonb
);
alter table storage.objects
    add column if not exists version text,
    add column if not exists owner_id text,
    add column if not exists user_metadata jsonb;
create unique index if not exists bucketid_objname on storage.objects (bucket_id, name);
create index if not exists name_prefix_search on storage.objects (name text_pattern_ops);
create index if not exists lockstep_objects_version on storage.objects (version);

alter table storage.buckets enable row level security;
alter table storage.objects enable row level security;
grant select, insert, update, delete on storage.buckets, storage.objects
    to anon, authenticated, service_role;

-- What policies take names apart with.
do $$
begin
    if to_regprocedure('storage.foldername(text)') is null then
        create function storage.foldername(name text) returns text[] language sql immutable as
        $f$ select (string_to_array(name, '/'))[1:array_length(string_to_array(name, '/'), 1) - 1] $f$;
    end if;
    if to_regprocedure('storage.filename(text)') is null then
        create function storage.filename(name text) returns text language sql immutable as
        $f$ select (string_to_array(name, '/'))[array_length(string_to_array(name, '/'), 1)] $f$;
    end if;
    if to_regprocedure('storage.extension(text)') is null then
        create function storage.extension(name text) returns text language sql immutable as
        $f$ select substring(storage.filename(name) from '[^.]*$') $f$;
    end if;
    if to_regprocedure('storage.operation()') is null then
        create function storage.operation() returns text language sql stable as
        $f$ select nullif(current_setting('storage.operation', true), '') $f$;
    end if;
end
$$;

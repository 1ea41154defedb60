-- Two buckets for signed-in people. A picture of oneself lies in a folder with one's own id and
-- everybody sees it; attachments lie in a folder of one's tenant and only its people see them.

insert into storage.buckets (id, name, public, file_size_limit, allowed_mime_types) values
    ('avatars', 'avatars', true, 2097152, '{image/png,image/jpeg,image/webp,image/gif}'),
    ('attachments', 'attachments', false, 26214400, null)
on conflict (id) do nothing;

drop policy if exists demo_avatars_own on storage.objects;
create policy demo_avatars_own on storage.objects for all to authenticated
    using (bucket_id = 'avatars' and (storage.foldername(name))[1] = auth.uid()::text)
    with check (bucket_id = 'avatars' and (storage.foldername(name))[1] = auth.uid()::text);

drop policy if exists demo_attachments_see on storage.objects;
create policy demo_attachments_see on storage.objects for select to authenticated
    using (
        bucket_id = 'attachments'
        and (storage.foldername(name))[1] = auth.jwt() -> 'app_metadata' ->> 'tenant_id'
    );

drop policy if exists demo_attachments_add on storage.objects;
create policy demo_attachments_add on storage.objects for insert to authenticated
    with check (
        bucket_id = 'attachments'
        and (storage.foldername(name))[1] = auth.jwt() -> 'app_metadata' ->> 'tenant_id'
        and owner_id = auth.uid()::text
    );

drop policy if exists demo_attachments_change on storage.objects;
create policy demo_attachments_change on storage.objects for update to authenticated
    using (bucket_id = 'attachments' and owner_id = auth.uid()::text)
    with check (
        bucket_id = 'attachments'
        and (storage.foldername(name))[1] = auth.jwt() -> 'app_metadata' ->> 'tenant_id'
        and owner_id = auth.uid()::text
    );

drop policy if exists demo_attachments_remove on storage.objects;
create policy demo_attachments_remove on storage.objects for delete to authenticated
    using (bucket_id = 'attachments' and owner_id = auth.uid()::text);

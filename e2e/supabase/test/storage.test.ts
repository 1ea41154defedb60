import type pg from 'pg';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { administrator, connection, inSeconds, supabase, token, unique } from '../support/world.ts';

// Every call of `supabase.storage`, made by the unmodified client.

const open = unique('open');
const mine = unique('mine');
const ada = '7c1e0000-0000-4000-8000-0000000000a1';
const bob = '7c1e0000-0000-4000-8000-0000000000b2';
let admin: pg.Client;

const service = () => supabase({ key: connection.serviceRoleKey });
const user = (sub: string) =>
  supabase({
    accessToken: async () => token({ role: 'authenticated', sub, exp: inSeconds(600) }),
  });

beforeAll(async () => {
  admin = await administrator();
  await admin.query(
    `insert into storage.buckets (id, name, public) values ('${open}', '${open}', true), ('${mine}', '${mine}', false)`,
  );
  await admin.query(`create policy ${mine} on storage.objects to authenticated
    using (bucket_id = '${mine}' and (storage.foldername(name))[1] = auth.uid()::text)`);
});

afterAll(async () => {
  await admin.query(`drop policy ${mine} on storage.objects`);
  await admin.query(`delete from storage.objects where bucket_id in ('${open}', '${mine}')`);
  await admin.query(`delete from storage.buckets where id in ('${open}', '${mine}')`);
  await admin.end();
});

describe('buckets', () => {
  test('are created, read, listed, changed, emptied and deleted', async () => {
    const { storage } = service();
    const name = unique('bucket');
    const made = await storage.createBucket(name, {
      public: false,
      fileSizeLimit: '1MB',
      allowedMimeTypes: ['text/*'],
    });
    expect(made).toEqual({ data: { name }, error: null });
    expect((await storage.createBucket(name)).error).toMatchObject({
      statusCode: '409',
      message: 'The resource already exists',
    });
    expect((await storage.getBucket(name)).data).toMatchObject({
      id: name,
      name,
      public: false,
      file_size_limit: 1 << 20,
      allowed_mime_types: ['text/*'],
    });
    expect((await storage.listBuckets({ search: name })).data?.map((it) => it.id)).toEqual([name]);
    expect((await storage.updateBucket(name, { public: true })).data).toEqual({
      message: 'Successfully updated',
    });
    expect((await storage.getBucket(name)).data).toMatchObject({ public: true });
    expect((await storage.from(name).upload('a/b.txt', 'x', { contentType: 'text/plain' })).error).toBeNull();
    expect((await storage.from(name).upload('c.png', 'x', { contentType: 'image/png' })).error).toMatchObject(
      {
        statusCode: '415',
        message: 'mime type image/png is not supported',
      },
    );
    expect((await storage.deleteBucket(name)).error).toMatchObject({ statusCode: '409' });
    expect((await storage.emptyBucket(name)).error).toBeNull();
    expect((await storage.deleteBucket(name)).data).toEqual({ message: 'Successfully deleted' });
    expect((await storage.getBucket(name)).error).toMatchObject({
      statusCode: '404',
      message: 'Bucket not found',
    });
  });

  test('are nobody’s to make without a policy', async () => {
    const made = await supabase().storage.createBucket(unique('bucket'));
    expect(made.error).toMatchObject({
      statusCode: '403',
      message: 'new row violates row-level security policy',
    });
    expect((await supabase().storage.listBuckets()).data).toEqual([]);
  });
});

describe('files', () => {
  test.each([
    ['text', 'hello'],
    ['bytes', new TextEncoder().encode('hello')],
    ['a blob, as a form', new Blob(['hello'], { type: 'text/plain' })],
    ['a stream', new Blob(['hello']).stream()],
  ])('are uploaded from %s and come back the same', async (_, body) => {
    const files = service().storage.from(open);
    const name = `${unique('folder')}/hello world.txt`;
    const metadata = { by: 'Ada', pages: 3 };
    const sent = await files.upload(name, body, {
      contentType: 'text/plain',
      cacheControl: '77',
      metadata,
    });
    expect(sent.error).toBeNull();
    expect(sent.data).toEqual({ path: name, id: expect.any(String), fullPath: `${open}/${name}` });

    const got = await files.download(name);
    expect(await got.data?.text()).toBe('hello');
    expect(got.data?.type).toMatch('text/plain');
    expect((await files.info(name)).data).toMatchObject({
      name,
      bucketId: open,
      size: 5,
      contentType: expect.stringMatching('text/plain'),
      cacheControl: 'max-age=77',
      metadata,
    });
    expect((await files.exists(name)).data).toBe(true);
    const page = await fetch(files.getPublicUrl(name, { download: 'a.txt' }).data.publicUrl);
    expect(await page.text()).toBe('hello');
    expect(page.headers.get('cache-control')).toBe('max-age=77');
    expect(page.headers.get('content-disposition')).toMatch('attachment; filename="a.txt"');
  });

  test('are replaced only when that is asked for', async () => {
    const files = service().storage.from(open);
    const name = `${unique('f')}.txt`;
    const first = await files.upload(name, 'one');
    expect((await files.upload(name, 'two')).error).toMatchObject({
      statusCode: '409',
      message: 'The resource already exists',
    });
    const second = await files.upload(name, 'three', { upsert: true });
    expect(second.data?.id).toBe(first.data?.id);
    expect(await (await files.download(name)).data?.text()).toBe('three');
    expect((await files.update(name, 'four')).error).toBeNull();
    expect(await (await files.download(name)).data?.text()).toBe('four');
  });

  test('are listed by folder, page, order and search', async () => {
    const files = service().storage.from(open);
    const folder = unique('list');
    for (const name of ['b.txt', 'a.txt', 'c/d.txt', 'c/e/f.txt', '100%25_x.txt']) {
      expect((await files.upload(`${folder}/${name}`, name)).error).toBeNull();
    }
    // The client puts names into addresses as they are.
    expect((await files.upload(`${folder}/5%.txt`, 'x')).error).toMatchObject({ status: 400 });
    const names = async (path: string, options = {}) =>
      (await files.list(path, options)).data?.map((it) => it.name);
    expect(await names(folder)).toEqual(['c', '100%_x.txt', 'a.txt', 'b.txt']);
    expect(await names(`${folder}/c`)).toEqual(['e', 'd.txt']);
    expect(await names(folder, { limit: 2, offset: 1 })).toEqual(['100%_x.txt', 'a.txt']);
    expect(await names(folder, { sortBy: { column: 'name', order: 'desc' } })).toEqual([
      'c',
      'b.txt',
      'a.txt',
      '100%_x.txt',
    ]);
    expect(await names(folder, { search: 'a' })).toEqual(['a.txt']);
    expect(await names(folder, { search: '%' })).toEqual([]);
    expect((await files.list(folder)).data?.[2]).toMatchObject({
      name: 'a.txt',
      id: expect.any(String),
      metadata: { size: 5, mimetype: expect.any(String) },
    });
    expect((await files.list(folder)).data?.[0]).toMatchObject({ id: null, metadata: null });
  });

  test('are moved, copied and removed', async () => {
    const files = service().storage.from(open);
    const [from, to, copy] = [unique('from'), unique('to'), unique('copy')];
    await files.upload(from, 'x', { metadata: { a: 1 } });
    expect((await files.move(from, to)).data).toEqual({ message: 'Successfully moved' });
    expect((await files.exists(from)).data).toBe(false);
    expect((await files.copy(to, copy)).data).toEqual({ path: `${open}/${copy}` });
    expect((await files.move(to, copy)).error).toMatchObject({ statusCode: '409' });
    const away = await files.copy(to, copy, { destinationBucket: mine });
    expect(away.data).toEqual({ path: `${mine}/${copy}` });
    const gone = await files.remove([to, 'not there']);
    expect(gone.data?.map((it) => it.name)).toEqual([to]);
    expect((await files.download(to)).error).not.toBeNull();
    expect(await (await files.download(copy)).data?.text()).toBe('x');
    expect((await files.info(copy)).data?.metadata).toEqual({ a: 1 });
  });
});

describe('rights', () => {
  test('are those of the policies', async () => {
    const hers = user(ada).storage.from(mine);
    const his = user(bob).storage.from(mine);
    const name = `${ada}/${unique('note')}`;
    expect((await his.upload(name, 'x')).error).toMatchObject({
      statusCode: '403',
      message: 'new row violates row-level security policy',
    });
    expect((await hers.upload(name, 'x')).error).toBeNull();
    expect((await his.exists(name)).data).toBe(false);
    expect((await his.list(ada)).data).toEqual([]);
    expect((await his.remove([name])).data).toEqual([]);
    expect((await his.createSignedUrl(name, 60)).error).toMatchObject({ statusCode: '404' });
    expect((await hers.list(ada)).data).toHaveLength(1);
    expect((await fetch(hers.getPublicUrl(name).data.publicUrl)).status).toBe(404);
  });

  test('are lent by signed addresses', async () => {
    const hers = user(ada).storage.from(mine);
    const name = `${ada}/${unique('lent')} 1.txt`;
    await hers.upload(name, 'lent', { contentType: 'text/plain' });
    const signed = await hers.createSignedUrl(name, 60, { download: true });
    const page = await fetch(signed.data?.signedUrl ?? '');
    expect(await page.text()).toBe('lent');
    expect(page.headers.get('content-disposition')).toMatch('attachment');
    const several = await hers.createSignedUrls([name, `${ada}/none`], 60);
    expect(several.data?.[1]).toMatchObject({ signedUrl: null, error: expect.any(String) });
    expect(await (await fetch(several.data?.[0]?.signedUrl ?? '')).text()).toBe('lent');
  });

  test('to upload are lent too, once', async () => {
    const hers = user(ada).storage.from(mine);
    const name = `${ada}/${unique('up')}`;
    const signed = await hers.createSignedUploadUrl(name);
    expect(signed.error).toBeNull();
    const nobody = supabase().storage.from(mine);
    const sent = await nobody.uploadToSignedUrl(name, signed.data?.token ?? '', 'by another');
    expect(sent.data).toEqual({ path: name, fullPath: `${mine}/${name}` });
    expect(await (await hers.download(name)).data?.text()).toBe('by another');
    const again = await nobody.uploadToSignedUrl(name, signed.data?.token ?? '', 'again');
    expect(again.error).toMatchObject({ statusCode: '409' });
    const other = await nobody.uploadToSignedUrl(`${name}2`, signed.data?.token ?? '', 'x');
    expect(other.error).toMatchObject({ statusCode: '400' });
    expect((await user(bob).storage.from(mine).createSignedUploadUrl(name)).error).toMatchObject({
      statusCode: '403',
    });
  });
});

test('what is not served says so', async () => {
  const files = service().storage.from(open);
  await files.upload('image', 'x', { upsert: true });
  const transform = { width: 10 };
  expect((await files.createSignedUrl('image', 60, { transform })).error).toMatchObject({
    statusCode: '501',
  });
  expect((await files.listV2({})).error).toMatchObject({ statusCode: '501' });
  expect((await files.download('image', { transform })).error).not.toBeNull();
});

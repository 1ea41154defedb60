import { QueryClientProvider } from '@tanstack/react-query';
import { act, cleanup, render, screen, waitFor, within } from '@testing-library/react';
import { userEvent } from '@testing-library/user-event';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { App } from '../src/app/app';
import { createQueryClient } from '../src/lib/query-client';
import { ORDER, PEOPLE, ScriptedServer } from './scripted-server';

let server: ScriptedServer;

beforeEach(() => {
  server = new ScriptedServer();
  server.answer('/demo/people', PEOPLE);
  server.answer('/demo/token', { token: 'token' });
  server.answer('/config', { anonKey: 'key' });
  // The list shows as many rows as fit, and in happy-dom nothing has a size.
  vi.spyOn(HTMLElement.prototype, 'clientHeight', 'get').mockReturnValue(600);
  vi.spyOn(HTMLElement.prototype, 'clientWidth', 'get').mockReturnValue(1200);
});

afterEach(() => {
  cleanup();
  vi.restoreAllMocks();
  vi.unstubAllGlobals();
  sessionStorage.clear();
  history.replaceState(null, '', '/');
});

function open() {
  const client = createQueryClient();
  render(
    <QueryClientProvider client={client}>
      <App />
    </QueryClientProvider>,
  );
}

async function openAsAmara() {
  open();
  await userEvent.click(await screen.findByRole('button', { name: /Amara Okafor/ }));
  return screen.findByRole('grid', { name: 'Orders' });
}

describe('the picker', () => {
  it('explains a server that lets nobody be picked from here', async () => {
    server.answer('/demo/people', { code: 'policy.forbidden', message: 'no', requestId: 'r-1' }, 403);
    open();
    const alert = await screen.findByRole('alert');
    expect(alert.textContent).toContain('only in a browser on the very machine');
    expect(alert.textContent).toContain('policy.forbidden · request r-1');
  });

  it('tries again when asked', async () => {
    server.answer('/demo/people', { code: 'internal', message: 'broken' }, 500);
    open();
    await screen.findByText('broken');
    server.answer('/demo/people', PEOPLE);
    await userEvent.click(screen.getByRole('button', { name: 'Try again' }));
    await screen.findByRole('button', { name: /Mei Chen/ });
  });

  it('is passed by who was picked before', async () => {
    sessionStorage.setItem('lockstep.person', 'p2');
    open();
    await screen.findByRole('grid', { name: 'Orders' });
  });
});

describe('the orders', () => {
  it('show the rows of the tenant, who has them, and who else is here', async () => {
    const grid = await openAsAmara();
    expect(server.sockets.at(-1)?.joins).toContainEqual({
      feeds: [expect.objectContaining({ table: 'orders', where: 'tenant_id=eq.shop', total: true })],
    });
    const row = await within(grid).findByRole('row', { name: /Zoë van der Berg/ });
    expect(row.textContent).toContain('Pending');
    expect(row.textContent).toContain('Mei Chen');
    expect(row.textContent).toContain('€42.50');
    const here = await screen.findByRole('list', { name: 'Also here' });
    expect(within(here).getAllByRole('listitem')).toHaveLength(1);
    await screen.findByRole('button', { name: /^Live/ });
    expect(document.title).toBe('Orders · Lockstep');
  });

  it('follow the database, count it, and flash what changed', async () => {
    const grid = await openAsAmara();
    const row = await within(grid).findByRole('row', { name: /Zoë/ });
    const tinted = () => row.querySelectorAll('.flash').length;
    expect(tinted()).toBe(0);
    act(() =>
      server.say({ token: 't2', update: [{ key: { id: 'o1' }, set: { status: 'ready', version: 2 } }] }),
    );
    expect(row.textContent).toContain('Ready');
    expect(tinted()).toBe(1);
    act(() => server.say({ token: 't3', enter: [{ ...ORDER, id: 'o2', customer_name: 'Ravi' }] }));
    await within(grid).findByRole('row', { name: /Ravi/ });
    act(() => server.say({ token: 't4', leave: [{ key: { id: 'o1' }, why: 'deleted' }] }));
    await waitFor(() => expect(within(grid).queryByRole('row', { name: /Zoë/ })).toBeNull());
    await screen.findByRole('button', { name: /3 updates/ });
  });

  it('say that the connection is lost, keep the rows, and resume where they were', async () => {
    const grid = await openAsAmara();
    await within(grid).findByRole('row', { name: /Zoë/ });
    act(() => server.sockets.at(-1)?.onclose?.({ code: 1006 }));
    await screen.findByRole('button', { name: /^Reconnecting/ });
    expect(document.title).toBe('Reconnecting · Orders · Lockstep');
    within(grid).getByRole('row', { name: /Zoë/ });
    await screen.findByRole('button', { name: /^Live/ });
    await waitFor(() =>
      expect(server.sockets[1]?.joins).toContainEqual({ feeds: [expect.objectContaining({ since: 't1' })] }),
    );
  });

  it('are searched by "/", filtered by chips, and both stand in the URL', async () => {
    const grid = await openAsAmara();
    await within(grid).findByRole('row', { name: /Zoë/ });
    await userEvent.keyboard('/');
    expect(document.activeElement).toBe(screen.getByRole('searchbox'));
    await userEvent.keyboard('zoe');
    expect(location.search).toBe('?q=zoe');
    within(grid).getByRole('row', { name: /Zoë/ });
    await userEvent.keyboard('x');
    await screen.findByText(/contains “zoex”/);
    await userEvent.keyboard('{Escape}');
    await userEvent.click(screen.getByRole('button', { name: /Cancelled/ }));
    expect(location.search).toBe('?status=cancelled');
    await screen.findByText(/no orders that are “Cancelled”/);
  });

  it('are walked with the arrows', async () => {
    const grid = await openAsAmara();
    act(() => server.say({ token: 't2', enter: [{ ...ORDER, id: 'o2', customer_name: 'Ravi' }] }));
    const first = await within(grid).findByRole('row', { name: /Zoë/ });
    act(() => first.focus());
    await userEvent.keyboard('{ArrowDown}');
    expect(document.activeElement?.textContent).toContain('Ravi');
    await userEvent.keyboard('{Home}');
    expect(document.activeElement?.textContent).toContain('Zoë');
  });

  it('show a customer’s name as a name, whatever it says', async () => {
    const grid = await openAsAmara();
    const name = '<img src=x onerror=alert(1)>';
    act(() => server.say({ token: 't2', enter: [{ ...ORDER, id: 'o2', customer_name: name }] }));
    expect(await within(grid).findByText(name)).toBeTruthy();
    expect(grid.querySelector('img')).toBeNull();
  });
});

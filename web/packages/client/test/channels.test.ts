import { describe, expect, test, vi } from 'vitest';
import { FakePusher, settled } from './fake-pusher.ts';
import { connectedWith, connectionWith, stubGrants, withFakes } from './support.ts';

withFakes();

const subscriptions = () => FakePusher.latest.log.filter((entry) => /subscribe/.test(entry));

describe('a channel', () => {
  test('is connected for, and subscribed to, when it is acquired', async () => {
    const connection = connectionWith();
    const handle = connection.acquire('news');
    expect(connection.getSnapshot().status).toBe('connecting');
    expect(handle).toMatchObject({ name: 'news', visibility: 'public' });
    expect(handle.getSnapshot()).toEqual({ state: 'idle', error: null, members: [], me: null });
    FakePusher.latest.open();
    expect(handle.getSnapshot().state).toBe('subscribing');
    await settled();
    expect(handle.getSnapshot().state).toBe('subscribed');
  });

  test('is subscribed to once, however many acquire it (X-21)', async () => {
    const connection = connectedWith();
    const handles = [1, 2, 3].map(() => connection.acquire('news'));
    await settled();
    handles[0]?.release();
    handles[1]?.release();
    await vi.advanceTimersByTimeAsync(100);
    expect(subscriptions()).toEqual(['subscribe news']);
    handles[2]?.release();
    await vi.advanceTimersByTimeAsync(100);
    expect(subscriptions()).toEqual(['subscribe news', 'unsubscribe news']);
    expect(FakePusher.latest.allChannels()).toEqual([]);
  });

  test('is not lost by a handle that is released twice (M6)', async () => {
    const connection = connectedWith();
    const a = connection.acquire('news');
    const b = connection.acquire('news');
    const heard = vi.fn();
    b.on('.Told', heard);
    await settled();
    a.release();
    a.release();
    await vi.advanceTimersByTimeAsync(100);
    expect(FakePusher.latest.emit('news', 'Told', 1)).toBe(true);
    expect(heard).toHaveBeenCalledOnce();
  });

  test('survives to be released and acquired within a turn, as in StrictMode (X-22)', async () => {
    const connection = connectedWith();
    connection.acquire('news').release();
    const handle = connection.acquire('news');
    await vi.advanceTimersByTimeAsync(100);
    expect(subscriptions()).toEqual(['subscribe news']);
    expect(handle.getSnapshot().state).toBe('subscribed');
  });

  test('is left one macrotask after the last release', async () => {
    const connection = connectedWith();
    const handle = connection.acquire('news');
    await settled();
    handle.release();
    await settled();
    expect(FakePusher.latest.serverChannels).toEqual(new Set(['news']));
    await vi.advanceTimersByTimeAsync(1);
    expect(FakePusher.latest.serverChannels).toEqual(new Set());
  });

  test('is acquired anew after it was left', async () => {
    const connection = connectedWith();
    connection.acquire('news').release();
    await vi.advanceTimersByTimeAsync(100);
    const handle = connection.acquire('news');
    await settled();
    expect(handle.getSnapshot().state).toBe('subscribed');
    expect(FakePusher.latest.emit('news', 'Told')).toBe(true);
  });

  test('is found by its full name, too', async () => {
    stubGrants();
    const connection = connectedWith();
    expect(connection.acquire('private-user.1')).toMatchObject({
      name: 'private-user.1',
      visibility: 'private',
    });
    expect(connection.acquire('user.1', 'private')).toMatchObject({ name: 'private-user.1' });
    expect(connection.acquire('presence-room').visibility).toBe('presence');
    expect(connection.acquire('room', 'presence').name).toBe('presence-room');
    await settled();
    expect(subscriptions()).toEqual(['subscribe private-user.1', 'subscribe presence-room']);
  });

  test('is resubscribed after a loss; its state tells (M12, X-30)', async () => {
    const connection = connectedWith();
    const handle = connection.acquire('news');
    const heard = vi.fn();
    const states: string[] = [];
    handle.on('.Told', heard);
    await settled();
    handle.subscribe(() => states.push(handle.getSnapshot().state));
    FakePusher.latest.lose();
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.open();
    await settled();
    expect(states).toEqual(['idle', 'subscribing', 'subscribed']);
    FakePusher.latest.emit('news', 'Told', 1);
    expect(heard).toHaveBeenCalledOnce();
  });

  test('released while the connection is lost is not subscribed to again', async () => {
    const connection = connectedWith();
    const handle = connection.acquire('news');
    await settled();
    FakePusher.latest.lose();
    handle.release();
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.open();
    await settled();
    expect(subscriptions()).toEqual(['subscribe news']);
  });

  test('released before it was confirmed is left when it is, or forgotten with the connection', async () => {
    const connection = connectedWith();
    FakePusher.latest.confirms = false;
    connection.acquire('a').release();
    connection.acquire('b').release();
    await vi.advanceTimersByTimeAsync(1);
    FakePusher.latest.confirm('a');
    expect(FakePusher.latest.serverChannels).toEqual(new Set(['b']));
    expect(FakePusher.latest.allChannels().map(({ name }) => name)).toEqual(['b']);
    FakePusher.latest.lose();
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.open();
    await settled();
    expect(FakePusher.latest.serverChannels).toEqual(new Set());
    expect(FakePusher.latest.allChannels()).toEqual([]);
  });

  test('released before it was confirmed, and acquired again, is subscribed to anew', async () => {
    const connection = connectedWith();
    FakePusher.latest.confirms = false;
    connection.acquire('a').release();
    await vi.advanceTimersByTimeAsync(1);
    const handle = connection.acquire('a');
    FakePusher.latest.confirm('a');
    expect(handle.getSnapshot().state).toBe('subscribing');
    FakePusher.latest.confirm('a');
    expect(handle.getSnapshot().state).toBe('subscribed');
    const frames = FakePusher.latest.log.filter((entry) => entry.endsWith('scribe a'));
    expect(frames).toEqual(['subscribe a', 'unsubscribe a', 'subscribe a']);
  });

  test('released before it was answered, and never answered, is forgotten after 20 s', async () => {
    const connection = connectedWith();
    FakePusher.latest.confirms = false;
    connection.acquire('a').release();
    await vi.advanceTimersByTimeAsync(20_000);
    expect(FakePusher.latest.serverChannels).toEqual(new Set());
    expect(FakePusher.latest.allChannels()).toEqual([]);
  });

  test('released before it was confirmed, and acquired again, stays through a loss', async () => {
    const connection = connectedWith();
    FakePusher.latest.confirms = false;
    connection.acquire('a').release();
    await vi.advanceTimersByTimeAsync(1);
    FakePusher.latest.lose();
    await settled();
    const handle = connection.acquire('a');
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.confirms = true;
    FakePusher.latest.open();
    await settled();
    expect(handle.getSnapshot().state).toBe('subscribed');
  });

  test('tells of each confirmation, until its handle is released', async () => {
    const connection = connectedWith();
    const handle = connection.acquire('news');
    const onSubscribed = vi.fn(() => expect(handle.getSnapshot().state).toBe('subscribed'));
    handle.onSubscribed(onSubscribed);
    expect(onSubscribed).not.toHaveBeenCalled();
    await settled();
    expect(onSubscribed).toHaveBeenCalledOnce();
    FakePusher.latest.lose();
    await vi.advanceTimersByTimeAsync(1000);
    FakePusher.latest.open();
    await settled();
    expect(onSubscribed).toHaveBeenCalledTimes(2);
    connection.disconnect();
    await settled();
    connection.connect();
    FakePusher.latest.open();
    await settled();
    expect(onSubscribed).toHaveBeenCalledTimes(3);
    const later = vi.fn();
    connection.acquire('news').onSubscribed(later);
    await settled();
    expect(later).not.toHaveBeenCalled();
    handle.release();
    FakePusher.latest.lose();
    await vi.advanceTimersByTimeAsync(2000);
    FakePusher.latest.open();
    await settled();
    expect(onSubscribed).toHaveBeenCalledTimes(3);
    expect(later).toHaveBeenCalledOnce();
  });

  test('stays acquired over a disconnect on request', async () => {
    const connection = connectedWith();
    const handle = connection.acquire('news');
    await settled();
    connection.disconnect();
    expect(handle.getSnapshot().state).toBe('idle');
    await settled();
    connection.connect();
    FakePusher.latest.open();
    await settled();
    expect(handle.getSnapshot().state).toBe('subscribed');
  });

  test('has the same snapshot until something changes', async () => {
    const connection = connectedWith();
    const handle = connection.acquire('news');
    await settled();
    const snapshot = handle.getSnapshot();
    FakePusher.latest.emit('news', 'Told', 1);
    connection.acquire('news').release();
    expect(handle.getSnapshot()).toBe(snapshot);
  });
});

describe('listeners', () => {
  test.each(['.AvailabilityUpdated', 'AvailabilityUpdated', '\\AvailabilityUpdated'])(
    'hear %s by its name on the wire (X-37)',
    async (name) => {
      const handle = connectedWith().acquire('availability');
      const heard = vi.fn();
      handle.on(name, heard);
      await settled();
      FakePusher.latest.emit('availability', 'AvailabilityUpdated', { session_id: 1 });
      expect(heard).toHaveBeenCalledExactlyOnceWith({ session_id: 1 }, name);
    },
  );

  test('do not hear the event of another namespace (X-37)', async () => {
    vi.spyOn(console, 'warn').mockImplementation(() => undefined);
    const handle = connectedWith().acquire('availability');
    const heard = vi.fn();
    handle.on('AvailabilityUpdated', heard);
    await settled();
    FakePusher.latest.emit('availability', 'App\\Events\\AvailabilityUpdated', 1);
    expect(heard).not.toHaveBeenCalled();
    handle.on('App.Events.AvailabilityUpdated', heard);
    FakePusher.latest.emit('availability', 'App\\Events\\AvailabilityUpdated', 1);
    expect(heard).toHaveBeenCalledOnce();
  });

  test('end by themselves, or with their handle, and others stay', async () => {
    const connection = connectedWith();
    const handle = connection.acquire('news');
    const other = connection.acquire('news');
    const [ended, released, stays] = [vi.fn(), vi.fn(), vi.fn()];
    handle.on('.Told', ended)();
    handle.on('.Told', released);
    other.on('.Told', stays);
    await settled();
    handle.release();
    handle.on('.Told', released);
    FakePusher.latest.emit('news', 'Told');
    expect([ended, released, stays].map(({ mock }) => mock.calls.length)).toEqual([0, 0, 1]);
  });

  test('may be added and removed by a listener', async () => {
    const handle = connectedWith().acquire('news');
    const heard = vi.fn();
    const end = handle.on('.Told', () => {
      end();
      handle.on('.Told', heard);
    });
    await settled();
    FakePusher.latest.emit('news', 'Told');
    expect(heard).not.toHaveBeenCalled();
    FakePusher.latest.emit('news', 'Told');
    expect(heard).toHaveBeenCalledOnce();
  });

  test('are not called any more once another has removed them', async () => {
    const connection = connectedWith();
    const handle = connection.acquire('news');
    const other = connection.acquire('news');
    const heard = vi.fn();
    handle.on('.Told', () => other.release());
    other.on('.Told', heard);
    await settled();
    FakePusher.latest.emit('news', 'Told');
    expect(heard).not.toHaveBeenCalled();
  });

  test('do not suffer from the exception of another', async () => {
    const logged = vi.spyOn(console, 'error').mockImplementation(() => undefined);
    const handle = connectedWith().acquire('news');
    const problem = new Error('of a listener');
    const heard = vi.fn();
    handle.on('.Told', () => {
      throw problem;
    });
    handle.on('.Told', heard);
    await settled();
    FakePusher.latest.emit('news', 'Told');
    expect(heard).toHaveBeenCalledOnce();
    expect(logged).toHaveBeenCalledExactlyOnceWith(problem);
  });

  test('of a snapshot end with their handle', async () => {
    const connection = connectedWith();
    const handle = connection.acquire('news');
    connection.acquire('news');
    const changed = vi.fn();
    handle.subscribe(changed);
    handle.release();
    handle.subscribe(changed);
    await settled();
    expect(changed).not.toHaveBeenCalled();
  });
});

describe('whisper', () => {
  test('sends a client event over a private channel, and is heard', async () => {
    stubGrants();
    const handle = connectedWith().acquire('chat', 'private');
    const heard = vi.fn();
    handle.on('.client-typing', heard);
    await settled();
    handle.whisper('typing', { name: 'Ayu' });
    expect(FakePusher.latest.sent.at(-1)).toEqual({
      event: 'client-typing',
      channel: 'private-chat',
      data: { name: 'Ayu' },
    });
    FakePusher.latest.emit('private-chat', 'client-typing', { name: 'Sari' });
    expect(heard).toHaveBeenCalledExactlyOnceWith({ name: 'Sari' }, '.client-typing');
  });

  test('sends nothing before the subscription, and is an error on a public channel', () => {
    stubGrants();
    const connection = connectedWith();
    connection.acquire('chat', 'private').whisper('typing', {});
    expect(FakePusher.latest.sent).toEqual([]);
    expect(() => connection.acquire('news').whisper('typing', {})).toThrow('news is public');
  });
});

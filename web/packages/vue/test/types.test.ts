import { expectTypeOf, test } from 'vitest';
import type { ComputedRef, ShallowRef } from 'vue';
import type { EchoLike } from '@gema/client';
import { createWebSocket, useChannelEvent, useChannels, useWebSocket } from '../src/index.ts';
import { fakeOptions, isolateTests, mountSetup } from './support.ts';

declare module '@gema/client' {
  interface GemaEvents {
    '.Typed': { id: number };
    '.Other': { name: string };
  }
}

isolateTests();

test('X-36: values have types, payloads are those of the event map', () => {
  mountSetup(() => {
    const { echo, connected } = useWebSocket();
    expectTypeOf(echo).toEqualTypeOf<Readonly<ShallowRef<EchoLike | null>>>();
    expectTypeOf(connected).toEqualTypeOf<ComputedRef<boolean>>();
    useChannelEvent('c', '.Typed', (payload, event, channel) => {
      expectTypeOf(payload).toEqualTypeOf<{ id: number }>();
      expectTypeOf(event).toEqualTypeOf<'.Typed'>();
      expectTypeOf(channel).toEqualTypeOf<string>();
    });
    useChannelEvent('c', 'Typed', (payload) => expectTypeOf(payload).toEqualTypeOf<{ id: number }>());
    useChannelEvent('c', '.Unknown', (payload) => expectTypeOf(payload).toEqualTypeOf<unknown>());
    useChannels(['c'], ['.Typed', '.Other'], (payload, event) => {
      expectTypeOf(payload).toEqualTypeOf<{ id: number } | { name: string }>();
      expectTypeOf(event).toEqualTypeOf<'.Typed' | '.Other'>();
    });
    return connected;
  }, createWebSocket(fakeOptions()));
});

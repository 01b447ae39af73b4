import { expect, expectTypeOf, test } from 'vitest';
import type { ChannelEventHandler } from '../src/index.ts';

declare module '@gema/client' {
  interface GemaEvents {
    '.Told': { text: string };
    '.Counted': { count: number };
  }
}

test('payloads have the types of the event map', () => {
  expectTypeOf<ChannelEventHandler<'.Told'>>().parameters.toEqualTypeOf<
    [payload: { text: string }, event: '.Told', channel: string]
  >();
  expectTypeOf<ChannelEventHandler<'Told'>>().parameter(0).toEqualTypeOf<{ text: string }>();
  expectTypeOf<ChannelEventHandler<'Unknown'>>().parameter(0).toBeUnknown();
});

test('several events have the union of their payloads; a handler may take less', () => {
  const handler: ChannelEventHandler<'.Told' | '.Counted'> = (payload) => {
    expectTypeOf(payload).toEqualTypeOf<{ text: string } | { count: number }>();
  };
  expect(handler).toBeTypeOf('function');
});

import { expectTypeOf, test } from 'vitest';
import type { ChannelHandle, EchoLike, PayloadOf } from '../src/index.ts';
import type Echo from 'laravel-echo';

declare module '../src/events.ts' {
  interface GemaEvents {
    '.SeatTaken': { seat: number };
  }
}

test('payloads have the types of the map, by their bare name too (X-36)', () => {
  expectTypeOf<PayloadOf<'.SeatTaken'>>().toEqualTypeOf<{ seat: number }>();
  expectTypeOf<PayloadOf<'SeatTaken'>>().toEqualTypeOf<{ seat: number }>();
  expectTypeOf<PayloadOf<'.Other'>>().toBeUnknown();
});

test('handlers get them', () => {
  const listen = (channel: ChannelHandle) => {
    channel.on('.SeatTaken', ({ seat }, name) => {
      expectTypeOf(seat).toBeNumber();
      expectTypeOf(name).toEqualTypeOf<'.SeatTaken'>();
    });
    channel.on('.Other', (payload) => expectTypeOf(payload).toBeUnknown());
  };
  expectTypeOf(listen).returns.toBeVoid();
});

test('an Echo of any driver of Pusher is an EchoLike', () => {
  expectTypeOf<Echo<'reverb'>>().toExtend<EchoLike>();
  expectTypeOf<Echo<'pusher'>>().toExtend<EchoLike>();
});

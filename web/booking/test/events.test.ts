import type { PayloadOf } from '@gema/client';
import { describe, expect, expectTypeOf, it } from 'vitest';
import {
  AVAILABILITY_CHANNEL,
  NOTIFICATIONS_CHANNEL,
  userChannel,
  type AvailabilityUpdated,
  type BookingStatusUpdated,
  type CapacityUpdated,
  type PaymentStatusUpdated,
  type SystemNotification,
} from '../src/index.ts';

describe('events', () => {
  it('have their payloads by type, with the point and without it (X-37)', () => {
    expectTypeOf<PayloadOf<'.AvailabilityUpdated'>>().toEqualTypeOf<AvailabilityUpdated>();
    expectTypeOf<PayloadOf<'AvailabilityUpdated'>>().toEqualTypeOf<AvailabilityUpdated>();
    expectTypeOf<PayloadOf<'.CapacityUpdated'>>().toEqualTypeOf<CapacityUpdated>();
    expectTypeOf<PayloadOf<'.BookingStatusUpdated'>>().toEqualTypeOf<BookingStatusUpdated>();
    expectTypeOf<PayloadOf<'.PaymentStatusUpdated'>>().toEqualTypeOf<PaymentStatusUpdated>();
    expectTypeOf<PayloadOf<'.SystemNotification'>>().toEqualTypeOf<SystemNotification>();
    expectTypeOf<PayloadOf<'.SomethingElse'>>().toBeUnknown();
  });

  it('have the fields of the contract (III.2)', () => {
    expectTypeOf<AvailabilityUpdated>().toHaveProperty('available_slots').toBeNumber();
    expectTypeOf<CapacityUpdated['date']>().toEqualTypeOf<string | null>();
    expectTypeOf<SystemNotification['level']>().toEqualTypeOf<'info' | 'warning' | 'success'>();
  });

  it('come on the channels of the contract (III.1)', () => {
    expect([AVAILABILITY_CHANNEL, NOTIFICATIONS_CHANNEL, userChannel(7)]).toEqual([
      'availability',
      'notifications',
      'user.7',
    ]);
  });
});

import { expect, expectTypeOf, test } from 'vitest';
import { unwrap } from '../src/index.ts';

test('a payload is taken flat and wrapped (X-38)', () => {
  expect(unwrap({ session_id: 1 })).toEqual({ session_id: 1 });
  expect(unwrap({ data: { session_id: 1 } })).toEqual({ session_id: 1 });
  expectTypeOf(unwrap<{ session_id: number }>({ data: { session_id: 1 } })).toEqualTypeOf<{
    session_id: number;
  }>();
});

test('a payload that has data among others is flat', () => {
  expect(unwrap<unknown>({ data: 1, version: 2 })).toEqual({ data: 1, version: 2 });
  expect(unwrap<unknown>(null)).toBeNull();
  expect(unwrap('text')).toBe('text');
});

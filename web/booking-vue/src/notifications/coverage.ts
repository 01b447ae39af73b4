import { covers, type NotificationFilter } from './filter.ts';

/**
 * Down to which id the history of a filter is known without a gap. Pages of different filters go down to different
 * depths, and what lies below would be a list with holes.
 */
export type Coverage = readonly { readonly filter: NotificationFilter; readonly floor: number }[];

/** Nothing was loaded yet. */
export const NOTHING: Coverage = [];

/** The lowest id down to which everything is known; 0: all there is; `Infinity`: nothing. */
export function floorOf(coverage: Coverage, filter: NotificationFilter): number {
  const floors = coverage.filter((known) => covers(known.filter, filter)).map(({ floor }) => floor);
  return Math.min(Infinity, ...floors);
}

/** With one more page of `filter`, which joins what was known and goes down to `floor`. */
export function extended(coverage: Coverage, filter: NotificationFilter, floor: number): Coverage {
  const others = coverage.filter((known) => !isSame(known.filter, filter));
  return [...others, { filter, floor: Math.min(floor, floorOf(coverage, filter)) }];
}

function isSame(one: NotificationFilter, other: NotificationFilter): boolean {
  return covers(one, other) && covers(other, one);
}

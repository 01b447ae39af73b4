import { computed, getCurrentScope, onScopeDispose, shallowRef, type Ref, type ShallowRef } from 'vue';
import type { Observable, Preference } from '@gema/booking';

/** The value of an observable as state, as long as the scope lives. */
export function useObservable<T>(observable: Observable<T>): Readonly<ShallowRef<T>> {
  const value = shallowRef(observable.getSnapshot());
  const stop = observable.subscribe(() => {
    value.value = observable.getSnapshot();
  });
  if (getCurrentScope()) onScopeDispose(stop);
  return value;
}

/** A preference as a ref that can be set. */
export function usePreference<T extends string>(preference: Preference<T>): Ref<T> {
  const value = useObservable(preference);
  return computed({ get: () => value.value, set: preference.set });
}

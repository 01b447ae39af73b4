import { getCurrentInstance, onMounted, type EffectScope } from 'vue';

/** No window: nothing may be opened, subscribed to or scheduled, for nobody unmounts on a server. */
export function isServer(): boolean {
  return typeof window === 'undefined';
}

/**
 * Runs `fn` in `scope` as soon as the network may be touched: with the mount of the component whose `setup()`
 * runs, at once where there is none or it is mounted already, never on a server.
 */
export function whenMounted(scope: EffectScope, fn: () => void): void {
  const instance = getCurrentInstance();
  const run = () => {
    if (scope.active) scope.run(fn);
  };
  if (instance !== null && !instance.isMounted) onMounted(run);
  else if (!isServer()) run();
}

/** Whether the component whose `setup()` runs takes over HTML that a server made. */
export function isHydrating(): boolean {
  return (getCurrentInstance()?.vnode.el ?? null) !== null;
}

/** Runs a task after all that were given before, whatever became of them. */
export type Queue = <T>(task: () => Promise<T>) => Promise<T>;

/**
 * One request at a time: an answer that was made before a change would otherwise be able to arrive after it, and undo
 * it on the screen.
 */
export function createQueue(): Queue {
  let last: Promise<unknown> = Promise.resolve();
  return (task) => {
    const result = last.then(task, task);
    last = result;
    return result;
  };
}

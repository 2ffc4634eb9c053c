// What can be undone, the last first.

const stack = [];

/**
 * @param {() => void} action undoes something, at most once
 * @returns {() => void} takes the offer back
 */
export function offer(action) {
  const entry = { action };
  stack.push(entry);
  return () => {
    const at = stack.indexOf(entry);
    if (at >= 0) stack.splice(at, 1);
  };
}

/** Undoes the last that can still be undone. */
export function last() {
  stack.pop()?.action();
}

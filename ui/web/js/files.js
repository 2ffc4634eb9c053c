// Files out of what was dropped or pasted, folders included.

/**
 * Must be called while the event is handled: its data is gone afterwards.
 * @param {DataTransfer} data
 * @returns {Promise<File[]>}
 */
export async function filesOf(data) {
  const items = [...data.items].filter((item) => item.kind === "file");
  const parts = items.map((item) => {
    const entry = item.webkitGetAsEntry?.();
    return entry?.isDirectory ? inFolder(entry) : item.getAsFile();
  });
  return (await Promise.all(parts)).flat().filter((file) => file !== null);
}

/** @param {DataTransfer} data  @returns {boolean} whether files are being dragged */
export function hasFiles(data) {
  return [...(data?.types ?? [])].includes("Files");
}

async function inFolder(entry) {
  const found = [];
  for (const child of await children(entry)) {
    if (child.isDirectory) found.push(...(await inFolder(child)));
    else if (!child.name.startsWith(".")) found.push(await asFile(child)); // .DS_Store and the like
  }
  return found;
}

/** readEntries gives at most 100 at a time, and an empty list at the end. */
async function children(entry) {
  const reader = entry.createReader();
  const all = [];
  for (;;) {
    const some = await new Promise((resolve, reject) => reader.readEntries(resolve, reject));
    if (some.length === 0) return all;
    all.push(...some);
  }
}

const asFile = (entry) => new Promise((resolve, reject) => entry.file(resolve, reject));

// The pictures that were searched by, kept in this browser, so that a search
// survives reloading and going back. Where IndexedDB is forbidden they last as
// long as the page.

const database = "lookalike";
const table = "queries";
const keepAtMost = 30; // older ones are forgotten
const memory = new Map();

function open() {
  return new Promise((resolve, reject) => {
    const opening = indexedDB.open(database, 1);
    opening.onupgradeneeded = () => opening.result.createObjectStore(table);
    opening.onsuccess = () => resolve(opening.result);
    opening.onerror = () => reject(opening.error);
  });
}

/**
 * Runs one transaction. The result of `work`'s request is the promise's.
 * @param {IDBTransactionMode} mode
 * @param {(store: IDBObjectStore) => IDBRequest} work
 */
async function transact(mode, work) {
  const db = await open();
  try {
    return await new Promise((resolve, reject) => {
      const transaction = db.transaction(table, mode);
      const request = work(transaction.objectStore(table));
      transaction.oncomplete = () => resolve(request.result);
      transaction.onerror = transaction.onabort = () => reject(transaction.error);
    });
  } finally {
    db.close();
  }
}

/**
 * Keeps a picture.
 * @param {File} file
 * @returns {Promise<string>} its key; later keys sort after earlier ones
 */
export async function keep(file) {
  const key = `${Date.now().toString(36)}${Math.floor(Math.random() * 1296).toString(36).padStart(2, "0")}`;
  memory.set(key, file);
  try {
    await transact("readwrite", (store) => store.put(file, key));
    await forgetOld();
  } catch {
    // Private windows and full disks: memory has it.
  }
  return key;
}

async function forgetOld() {
  const keys = await transact("readonly", (store) => store.getAllKeys());
  const old = keys.slice(0, -keepAtMost);
  if (old.length) await transact("readwrite", (store) => store.delete(IDBKeyRange.upperBound(old.at(-1))));
}

/**
 * @param {string} key
 * @returns {Promise<File|undefined>}
 */
export async function find(key) {
  if (memory.has(key)) return memory.get(key);
  try {
    return await transact("readonly", (store) => store.get(key));
  } catch {
    return undefined;
  }
}

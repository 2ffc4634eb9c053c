// Whether the library's model is here. Where it is gone its vectors are still compared, but no new ones can be made: a search by
// a new picture and an added one would fail, so both are refused before anything is sent.
import { toast } from "./toast.js";

/** "change": the model has gone, or is here again. "refused": somebody wanted it, so it is worth a look whether it is back. */
export const events = new EventTarget();

const readable = 20000; // milliseconds: the reason is long

let missing = ""; // the server's words, "" while the model is here
let refusal = null; // the toast that is shown
let settle; // resolves `asked`
const asked = new Promise((resolve) => (settle = resolve));

/** Why the model is not here and what to do, as far as is known; "" when it is here. */
export const reason = () => missing;

/** The same once the server was asked, which at the start of the page it is not. @returns {Promise<string>} */
export const whyMissing = () => asked.then(reason);

/** @param {import("./api.js").Model|undefined} model as the server just told; undefined when it did not answer */
export function tell(model) {
  const before = missing;
  if (model) missing = model.unavailable ?? "";
  if (!missing) refusal?.close();
  if (missing !== before) events.dispatchEvent(new Event("change"));
  settle();
}

/**
 * Says so when the model is gone.
 * @param {"searched"|"added"} what would be done with a picture
 * @returns {boolean} whether it must not be tried
 */
export function refuses(what) {
  if (!missing) return false;
  refusal?.close(); // one is enough, however often it is tried
  refusal = toast(`Not ${what}: ${missing}`, { kind: "error", time: readable });
  events.dispatchEvent(new Event("refused"));
  return true;
}

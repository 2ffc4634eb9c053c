// Decisions about suggested labels, of one picture or many, with undo. They are sent at once; undo takes them back.
import * as api from "./api.js";
import { say } from "./dom.js";
import { count } from "./format.js";
import { toast } from "./toast.js";
import * as undoing from "./undo.js";

const undoTime = 8000; // milliseconds that a message stays
let message = null; // the last one's
let offers = []; // what u still undoes

/**
 * Stores a decision about labels of pictures.
 * @param {{id: string, label: string}[]} choices
 * @param {"accepted"|"rejected"} decision
 * @param {(error: api.APIError|null) => void} takenBack is called when they stand no longer: with what refused them, or null when undone
 */
export function decide(choices, decision, takenBack) {
  const sent = send(choices, decision, "Not stored");
  const forget = undoing.offer(undo);
  offers.push(forget);
  message?.close();
  const words = told(choices, decision);
  const mine = (message = toast(words, { action: "Undo", time: undoTime, onAction: undo }));
  say(words);
  sent.then((error) => {
    if (!error) return;
    forget();
    mine.close();
    takenBack(error);
  });

  async function undo() {
    forget();
    mine.close();
    if (await sent) return; // it never stood
    if (!(await send(choices, "none", "Not undone"))) takenBack(null);
  }
}

/** Leaves what was decided as it is: u no longer reaches it. */
export function settle() {
  for (const forget of offers) forget();
  offers = [];
}

/** @returns {Promise<api.APIError|null>} why it is not stored */
async function send(choices, decision, failing) {
  try {
    await api.decideAll(choices.map(({ id, label }) => ({ id, label, decision })));
    return null;
  } catch (error) {
    toast(`${failing}: ${error.message}`, { kind: "error" });
    return error;
  }
}

function told(choices, decision) {
  const labels = [...new Set(choices.map(({ label }) => label))];
  const what = labels.length === 1 ? labels[0] : count(labels.length, "label");
  const pictures = count(choices.length, "picture");
  return decision === "accepted" ? `${pictures} labelled ${what}` : `${what} rejected for ${pictures}`;
}

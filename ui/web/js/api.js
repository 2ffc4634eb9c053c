// The REST API (openapi.yaml). The only module that speaks HTTP to it.
import * as connection from "./connection.js";

/**
 * @typedef {{path: string, uploaded: boolean, bytes: number, sha256: string, modified_at?: string, added_at: string}} FileRecord
 * @typedef {{id: string, path: string, width: number, height: number, format: string, bytes: number, sha256: string,
 *   added_at: string, model: string, from_thumbnail?: boolean, not_embedded?: string, files: FileRecord[], labels: string[], thumbnail: string, original: string}} Image
 * @typedef {{suggestions: {label: string, share: number}[], method: string, model: Model}} Suggestions
 * @typedef {{name: string, fingerprint: string, dim: number, starter: boolean, note?: string, options?: string, unavailable?: string}} Model
 * @typedef {{results: {id: string, path: string, score: number, image: Image}[], model: Model}} Results
 * @typedef {{rows: number, columns: number, window: {left: number, top: number, right: number, bottom: number}}} PatchGrid
 * @typedef {{state: string, model: Model, target?: {name: string, options?: string, dim: number}, done: number, total: number, not_embedded: number,
 *   eta_seconds?: number, error?: string}} Reembedding
 * @typedef {{medoid: Image, members: {image: Image, score: number}[]}} Group
 * @typedef {{id: string, path: string, error: string}} Unread
 * @typedef {{threshold: number, exact: {image: Image}[], groups: Group[], unread: Unread[], model: Model}} Duplicates
 * @typedef {Record<string, string>} Among a filter's parameters
 */

/** What went wrong with a request, in words for the reader. */
export class APIError extends Error {
  /**
   * @param {string} title
   * @param {string} detail
   * @param {number} status HTTP's, 0 when there was no answer
   */
  constructor(title, detail, status) {
    super(detail || title);
    this.title = title;
    this.detail = detail;
    this.status = status;
  }
}

/** Makes an APIError of an answer that is not a success. An upload of one picture fails for that picture's reason. */
function problem(status, type, text) {
  const p = type?.startsWith("application/problem+json") && parse(text);
  if (p) return new APIError(p.title, p.failures?.[0]?.error ?? p.detail, status);
  return new APIError("The server failed", `It answered with status ${status}.`, status);
}

/** The JSON in a text; null for a text that is cut short. */
function parse(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

function unreachable() {
  connection.lost();
  return new APIError("The server does not answer", "Check that lookalike is running on this address.", 0);
}

/**
 * @param {string} url
 * @param {RequestInit} [init]
 * @returns {Promise<Response>} a success; anything else is thrown as an APIError
 */
async function request(url, init) {
  let response;
  try {
    response = await fetch(url, init);
  } catch (error) {
    throw error.name === "AbortError" ? error : unreachable();
  }
  connection.found();
  if (!response.ok) throw problem(response.status, response.headers.get("Content-Type"), await response.text());
  return response;
}

async function json(url, init) {
  return (await request(url, init)).json();
}

/** Makes "?a=1&b=2", leaving out what is undefined. */
function query(values) {
  const given = Object.entries(values).filter(([, value]) => value !== undefined && value !== "");
  return given.length ? `?${new URLSearchParams(given)}` : "";
}

const imageURL = (id) => `/v1/images/${encodeURIComponent(id)}`;

/**
 * A page of the library, newest first.
 * @param {{limit?: number, cursor?: string} & Among} options
 * @param {AbortSignal} [signal]
 * @returns {Promise<{images: Image[], next?: string, total: number, model: Model}>}
 */
export const list = (options, signal) => json(`/v1/images${query(options)}`, { signal });

/**
 * Folders to filter by, those of the most pictures first.
 * @param {{contains?: string, limit: number}} options
 * @param {AbortSignal} [signal]
 * @returns {Promise<{folders: {folder: string, images: number}[], total: number}>}
 */
export const folders = (options, signal) => json(`/v1/folders${query(options)}`, { signal });

/** @param {string} id  @param {AbortSignal} [signal]  @returns {Promise<Image>} */
export const image = (id, signal) => json(imageURL(id), { signal });

/**
 * @param {string} id
 * @param {{k: number, region?: string} & Among} options region: the part of the picture to search by, "x,y,width,height"
 * @param {AbortSignal} [signal]
 * @returns {Promise<Results>}
 */
export const similar = (id, options, signal) => json(`${imageURL(id)}/similar${query(options)}`, { signal });

/**
 * Which patches of two images are each other's nearest, best first.
 * @param {string} id
 * @param {string} other
 * @param {number} limit
 * @param {AbortSignal} [signal]
 * @returns {Promise<{image: PatchGrid, other: PatchGrid, pairs: {image: number, other: number, score: number}[], model: Model}>}
 */
export const match = (id, other, limit, signal) => json(`${imageURL(id)}/match${query({ with: other, limit })}`, { signal });

/**
 * What the model looks at, a PNG, and how many heads it has.
 * @param {string} id
 * @param {string} head "mean", "mask" or a number
 * @param {AbortSignal} [signal]
 * @returns {Promise<{drawing: Blob, heads: number}>}
 */
export async function attention(id, head, signal) {
  const response = await request(`${imageURL(id)}/attention${query({ head })}`, { signal });
  return { drawing: await response.blob(), heads: Number(response.headers.get("Attention-Heads")) };
}

/** Labels that a picture may have.  @param {string} id  @param {AbortSignal} [signal]  @returns {Promise<Suggestions>} */
export const suggestions = (id, signal) => json(`${imageURL(id)}/suggestions`, { signal });

/**
 * Pictures without a label and what they may be, the surest first. The first page takes long where they are many.
 * @param {{method?: string, limit: number, cursor?: string}} options
 * @param {AbortSignal} signal
 * @param {(progress: {done: number, of: number}) => void} onProgress
 * @returns {Promise<{images: {image: Image, suggestions: {label: string, share: number}[]}[], next?: string, model: Model}>}
 */
export const unlabelled = (options, signal, onProgress) => lines(`/v1/suggestions${query(options)}`, signal, onProgress);

/** Reads an answer in lines: progress, and at last the result. */
async function lines(url, signal, onProgress) {
  const response = await request(url, { headers: { Accept: "application/x-ndjson" }, signal });
  const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
  let text = "";
  for (;;) {
    const { done, value } = await reader.read().catch((error) => {
      throw error.name === "AbortError" ? error : unreachable();
    });
    const whole = (text + (value ?? "")).split("\n");
    text = whole.pop();
    for (const line of whole.map(parse)) {
      if (line?.result) return line.result;
      if (line?.progress) onProgress(line.progress);
    }
    if (done) throw new APIError("The answer ended early", "Try again; the server's log says more.", 500);
  }
}

/** @param {AbortSignal} [signal]  @returns {Promise<{labels: {label: string, images: number}[]}>} those of the most pictures first */
export const allLabels = (signal) => json("/v1/labels", { signal });

/**
 * Decides about a label of a picture.
 * @param {string} id
 * @param {string} label
 * @param {"given"|"accepted"|"rejected"|"none"} decision
 * @returns {Promise<{labels: string[]}>} those that it has now
 */
export const decide = (id, label, decision) => json(`${imageURL(id)}/labels${query({ label, decision })}`, { method: "PUT" });

const mostChanges = 10000; // the API's, in one request

/**
 * Decides about labels of many pictures: of each 10,000, all or none.
 * @param {{id: string, label: string, decision: "given"|"accepted"|"rejected"|"none"}[]} changes
 */
export async function decideAll(changes) {
  for (let i = 0; i < changes.length; i += mostChanges) {
    const body = JSON.stringify({ changes: changes.slice(i, i + mostChanges) });
    await request("/v1/labels", { method: "POST", headers: { "Content-Type": "application/json" }, body });
  }
}

/**
 * @param {File} file
 * @param {{k: number} & Among} options
 * @param {AbortSignal} [signal]
 * @returns {Promise<Results>}
 */
export const search = (file, options, signal) => json(`/v1/search${query(options)}`, { method: "POST", body: form(file, file.name), signal });

/** @param {{threshold?: string, limit: number}} options  @param {AbortSignal} [signal]  @returns {Promise<Duplicates>} */
export const duplicates = (options, signal) => json(`/v1/duplicates${query(options)}`, { signal });

/**
 * How far the change to another model is, and which the library has. Nobody asked for it, so a failure is no news: null.
 * @returns {Promise<Reembedding|null>}
 */
export async function reembedding() {
  try {
    const response = await fetch("/v1/model/reembedding", { cache: "no-store" });
    return response.ok ? await response.json() : null;
  } catch {
    return null;
  }
}

/**
 * Deletes an image. The request outlives the page.
 * @param {string} id
 */
export const remove = (id) => request(imageURL(id), { method: "DELETE", keepalive: true });

/**
 * Why an original cannot be shown, asked with a range of one byte because an
 * <img> only says that it failed.
 * @param {Image} image
 * @returns {Promise<string>} "" when the server does send it
 */
export async function whyNoOriginal(image) {
  try {
    const response = await request(image.original, { headers: { Range: "bytes=0-0" } });
    await response.body?.cancel(); // a server without ranges would send all of it
    return "";
  } catch (error) {
    return error.message;
  }
}

function form(file, name) {
  const body = new FormData();
  body.append("file", file, name);
  return body;
}

/**
 * Adds one picture. XMLHttpRequest, because fetch does not tell how much of a
 * body was sent.
 * @param {File} file
 * @param {(fraction: number) => void} onProgress 0 to 1, of the bytes sent
 * @returns {Promise<{id: string, path: string, status: "added"|"already"}>}
 */
export function add(file, onProgress) {
  return new Promise((resolve, reject) => {
    const xhr = new XMLHttpRequest();
    xhr.open("POST", "/v1/images");
    xhr.upload.onprogress = (event) => event.lengthComputable && onProgress(event.loaded / event.total);
    xhr.onerror = () => reject(unreachable());
    xhr.onload = () => {
      connection.found();
      const [stored] = parse(xhr.responseText)?.images ?? [];
      if (stored) resolve(stored);
      else reject(problem(xhr.status, xhr.getResponseHeader("Content-Type"), xhr.responseText));
    };
    xhr.send(form(file, file.name));
  });
}

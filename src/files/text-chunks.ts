// The text of a file in chunks, unpacked where it is gzipped, so that a log of a million lines never is in memory as a whole.
import { createReadStream } from "node:fs";
import { Readable } from "node:stream";
import { createGunzip } from "node:zlib";
import { InputError, refuse } from "../model/errors.ts";
import { describeFileError } from "./file-errors.ts";

const CHUNK = 1 << 20;

/** Enough of a text to tell its format. */
const HEAD = 8192;

/** Most characters of a text that is read as a whole. */
const MOST_WHOLE = 2 ** 28;

/**
 * Chunks of a file's text as UTF-8; `file` is its name in messages. Bytes that are not UTF-8 become U+FFFD. A file that cannot be
 * read, or whose gzip data are broken, is an InputError. It is opened once and read forward, so that a pipe will do.
 */
export function fileChunks(path: string, file: string): AsyncGenerator<string> {
  return streamChunks(createReadStream(path, { highWaterMark: CHUNK }), file);
}

/** The same of a stream of bytes, which is closed when the chunks end or are left. */
export async function* streamChunks(bytes: Readable, file: string): AsyncGenerator<string> {
  try {
    const rest = bytes.iterator({ destroyOnReturn: false }) as AsyncIterableIterator<Uint8Array>;
    const first = await rest.next();
    if (first.done === true) return;
    const all = rejoined(first.value, rest);
    const isPacked = first.value[0] === 0x1f && first.value[1] === 0x8b;
    if (!isPacked && /\.gz$/i.test(file) && isBinary(first.value))
      refuse(`cannot read ${file}: it is neither gzip data, as its name says, nor text`);
    yield* decoded(isPacked ? unpacked(all) : all);
  } catch (error) {
    if (error instanceof InputError) throw error;
    refuse(describeFileError(error, "read", file));
  } finally {
    bytes.destroy();
  }
}

/** Whether bytes at the beginning are control characters that no text has. */
function isBinary(bytes: Uint8Array): boolean {
  return bytes.subarray(0, HEAD).some((byte) => byte < 9 || (byte > 13 && byte < 32 && byte !== 27));
}

async function* rejoined<Part>(first: Part, rest: AsyncIterable<Part>): AsyncGenerator<Part> {
  yield first;
  yield* rest;
}

function unpacked(bytes: AsyncIterable<Uint8Array>): AsyncIterable<Uint8Array> {
  const packed = Readable.from(bytes);
  const gunzip = createGunzip({ chunkSize: CHUNK });
  packed.on("error", (error) => gunzip.destroy(error));
  gunzip.on("close", () => packed.destroy());
  return packed.pipe(gunzip);
}

async function* decoded(bytes: AsyncIterable<Uint8Array>): AsyncGenerator<string> {
  const decoder = new TextDecoder();
  for await (const chunk of bytes) yield decoder.decode(chunk, { stream: true });
  yield decoder.decode();
}

/** One chunk: text that is there already. */
export async function* textChunks(text: string): AsyncGenerator<string> {
  yield text;
}

/** The beginning of a text, some thousand characters or all of it, and the chunks with the beginning still there. */
export async function peeked(chunks: AsyncGenerator<string>): Promise<{ head: string; chunks: AsyncGenerator<string> }> {
  let head = "";
  while (head.length < HEAD) {
    const next = await chunks.next();
    if (next.done === true) break;
    head += next.value;
  }
  return { head: head.slice(0, HEAD), chunks: rejoined(head, chunks) };
}

/** The whole text, of a scenario: workloads that are larger are read in chunks. */
export async function wholeText(chunks: AsyncIterable<string>, file: string): Promise<string> {
  const parts: string[] = [];
  let length = 0;
  for await (const chunk of chunks) {
    parts.push(chunk);
    length += chunk.length;
    if (length > MOST_WHOLE)
      refuse(`cannot read ${file}: it is no trace that is recognised, and too large for a scenario; put its tasks into a CSV file`);
  }
  return parts.join("");
}

import { join } from "node:path";
import { Readable } from "node:stream";
import { gzipSync } from "node:zlib";
import { describe, expect, it } from "vitest";
import { fileChunks, peeked, streamChunks, textChunks, wholeText } from "../../src/files/text-chunks.ts";
import { temporaryFolders } from "./temporary-folder.ts";

const folder = temporaryFolders();
const TEXT = "plain, ümläut, 🙂\n".repeat(200_000);

describe("the text of a file", () => {
  it("comes in chunks, unpacked by what it is and not by its name", async () => {
    const path = folder({
      "plain.gz": TEXT,
      "packed.txt": gzipSync(TEXT),
      "two.gz": Buffer.concat([gzipSync("a"), gzipSync("b")]),
      empty: "",
    });
    for (const name of ["plain.gz", "packed.txt"]) {
      let chunks = 0;
      let longest = 0;
      let text = "";
      for await (const chunk of fileChunks(join(path, name), name)) {
        chunks += 1;
        longest = Math.max(longest, chunk.length);
        text += chunk;
      }
      expect(text === TEXT).toBe(true);
      expect(chunks).toBeGreaterThan(2);
      expect(longest).toBeLessThanOrEqual(1 << 20);
    }
    expect(await wholeText(fileChunks(join(path, "two.gz"), "two"), "two")).toBe("ab");
    expect(await wholeText(fileChunks(join(path, "empty"), "empty"), "empty")).toBe("");
  });

  it("is refused in a line where neither the name's gzip nor text is there", async () => {
    const path = folder({ "log.gz": Buffer.from([0x50, 0x4b, 3, 4, 0, 0, 255]) });
    await expect(wholeText(fileChunks(join(path, "log.gz"), "log.gz"), "log.gz")).rejects.toThrow(
      /^cannot read log\.gz: it is neither gzip data, as its name says, nor text$/,
    );
  });

  it("may be left in the middle", async () => {
    const path = folder({ "packed.gz": gzipSync(TEXT) });
    for await (const chunk of fileChunks(join(path, "packed.gz"), "packed.gz")) {
      expect(chunk.length).toBeGreaterThan(0);
      break;
    }
  });

  it("is refused where it cannot be read", async () => {
    const path = folder({
      "cut.gz": gzipSync(TEXT).subarray(0, 500),
      "broken.gz": Buffer.concat([Buffer.from([0x1f, 0x8b]), Buffer.from("nonsense".repeat(20))]),
    });
    const read = (name: string) => wholeText(fileChunks(join(path, name), name), name);
    await expect(read("cut.gz")).rejects.toThrow("cannot read cut.gz: its gzip data are broken or cut short");
    await expect(read("broken.gz")).rejects.toThrow("cannot read broken.gz: its gzip data are broken or cut short");
    await expect(read("none")).rejects.toThrow("cannot read none: there is no such file");
    await expect(read(".")).rejects.toThrow("cannot read .: it is a directory");
  });

  it("is UTF-8, however its bytes are cut", async () => {
    const text = "a🙂ü\n";
    const bytes = Readable.from(
      [...Buffer.from(text)].map((byte) => Buffer.of(byte)),
      { objectMode: true },
    );
    expect(await wholeText(streamChunks(bytes, "x"), "x")).toBe(text);
    expect(await wholeText(streamChunks(Readable.from([Buffer.of(0x61, 0xff)]), "x"), "x")).toBe("a\ufffd");
  });

  it("shows its beginning and has it still", async () => {
    const { head, chunks } = await peeked(fileChunks(join(folder({ x: TEXT }), "x"), "x"));
    expect(head).toBe(TEXT.slice(0, 8192));
    expect((await wholeText(chunks, "x")) === TEXT).toBe(true);
    expect((await peeked(textChunks("short"))).head).toBe("short");
  });

  it("is not taken in as a whole without bounds", async () => {
    const part = "x".repeat(1 << 20);
    let given = 0;
    async function* endless(): AsyncGenerator<string> {
      for (;;) {
        given += 1;
        yield part;
      }
    }
    await expect(wholeText(endless(), "x")).rejects.toThrow(
      "cannot read x: it is no trace that is recognised, and too large for a scenario",
    );
    expect(given).toBeLessThan(300);
  });
});

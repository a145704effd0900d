import { execFileSync } from "node:child_process";
import fs, { existsSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AtomicFile, discardUnfinished, writeFileAtomic } from "../../src/files/write-file.ts";
import { InputError } from "../../src/model/errors.ts";
import { temporaryFolders } from "./temporary-folder.ts";

// The file system's answers are replaced for the faults that cannot be had otherwise.
vi.mock("node:fs", { spy: true });

const folder = temporaryFolders();
afterEach(() => {
  vi.mocked(fs.writeSync).mockReset();
});

function failing(code: string): () => never {
  return () => {
    throw Object.assign(new Error(`${code}: made up`), { code });
  };
}

describe("a file that is written", () => {
  it("appears whole, in folders made for it, in place of an older one", () => {
    const path = join(folder(), "a", "b", "x.txt");
    writeFileAtomic(path, "old");
    const parts = ["ä".repeat(700_000), "🙂", "end\n"];
    writeFileAtomic(path, parts);
    expect(readFileSync(path, "utf8")).toBe(parts.join(""));
    expect(readdirSync(join(path, ".."))).toEqual(["x.txt"]);
  });

  it("is not there before it is committed, nor after it is discarded", () => {
    const path = join(folder({ "x.txt": "old" }), "x.txt");
    const file = new AtomicFile(path);
    file.write("new".repeat(1_000_000));
    expect(readFileSync(path, "utf8")).toBe("old");
    file.discard();
    expect(readdirSync(join(path, ".."))).toEqual(["x.txt"]);
    expect(readFileSync(path, "utf8")).toBe("old");
  });

  it.each([
    ["ENOSPC", "the disk is full"],
    ["EDQUOT", "the disk quota is used up"],
    ["EROFS", "the file system is read-only"],
    ["EIO", "EIO: made up"],
  ])("leaves nothing behind at %s, and says so", (code, reason) => {
    const path = join(folder({ "x.txt": "old" }), "x.txt");
    vi.mocked(fs.writeSync)
      .mockImplementationOnce(((...args: Parameters<typeof fs.writeSync>) =>
        fs.writevSync(args[0], [Buffer.from("ha")])) as typeof fs.writeSync)
      .mockImplementationOnce(failing(code));
    expect(() => writeFileAtomic(path, "half")).toThrow(new InputError([{ message: `cannot write ${path}: ${reason}` }]));
    expect(readdirSync(join(path, ".."))).toEqual(["x.txt"]);
    expect(readFileSync(path, "utf8")).toBe("old");
  });

  it("is refused where its folder cannot be", () => {
    const path = folder({ file: "" });
    expect(() => writeFileAtomic(join(path, "file", "x.txt"), "x")).toThrow(/cannot write .*x\.txt: /);
    expect(() => writeFileAtomic(path, "x")).toThrow(/cannot write .*: it is a directory/);
    expect(readdirSync(path)).toEqual(["file"]);
  });

  it("is removed where what gives its text fails", () => {
    const path = join(folder(), "x.txt");
    function* parts(): Iterable<string> {
      yield "first";
      throw new Error("no more");
    }
    expect(() => writeFileAtomic(path, parts())).toThrow("no more");
    expect(readdirSync(join(path, ".."))).toEqual([]);
  });

  it("is discarded with all others on an interruption", () => {
    const path = folder();
    const files = ["a", "b"].map((name) => new AtomicFile(join(path, name)));
    for (const file of files) file.write("x");
    expect(readdirSync(path)).toHaveLength(2);
    discardUnfinished();
    expect(readdirSync(path)).toEqual([]);
  });

  it("is discarded when the process ends before it is whole", () => {
    const path = folder();
    const script = join(path, "script.mjs");
    const jiti = pathToFileURL(join(process.cwd(), "node_modules/jiti/lib/jiti.mjs")).href;
    writeFileSync(
      script,
      `import { createJiti } from ${JSON.stringify(jiti)};
       const { AtomicFile } = await createJiti(import.meta.url, { fsCache: false }).import(${JSON.stringify(join(process.cwd(), "src/files/write-file.ts"))});
       const file = new AtomicFile(${JSON.stringify(join(path, "out", "x.txt"))});
       file.write("half");
       process.exit(0);`,
    );
    execFileSync(process.execPath, [script]);
    expect(existsSync(join(path, "out"))).toBe(true);
    expect(readdirSync(join(path, "out"))).toEqual([]);
  });
});

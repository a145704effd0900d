import { execFileSync, spawn } from "node:child_process";
import fs, {
  closeSync,
  existsSync,
  fstatSync,
  lstatSync,
  openSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";
import { afterEach, describe, expect, it, vi } from "vitest";
import { AtomicFile, checkWritable, discardUnfinished, writeFile } from "../../src/files/write-file.ts";
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
  it("appears whole, in folders made for it, in place of an older one", async () => {
    const path = join(folder(), "a", "b", "x.txt");
    await writeFile(path, "old");
    const parts = ["ä".repeat(700_000), "🙂", "end\n"];
    expect(await writeFile(path, parts)).toBe(true);
    expect(readFileSync(path, "utf8")).toBe(parts.join(""));
    expect(readdirSync(join(path, ".."))).toEqual(["x.txt"]);
  });

  it("takes the place of the older one at once: who has that open still reads it whole", async () => {
    const path = join(folder({ "x.txt": "old bytes" }), "x.txt");
    const reader = openSync(path, "r");
    const { ino } = fstatSync(reader);
    try {
      await writeFile(path, "new");
      expect(readFileSync(reader, "utf8")).toBe("old bytes");
    } finally {
      closeSync(reader);
    }
    expect(readFileSync(path, "utf8")).toBe("new");
    expect(statSync(path).ino).not.toBe(ino);
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
  ])("leaves nothing behind at %s, and says so", async (code, reason) => {
    const path = join(folder({ "x.txt": "old" }), "x.txt");
    vi.mocked(fs.writeSync)
      .mockImplementationOnce(((...args: Parameters<typeof fs.writeSync>) =>
        fs.writevSync(args[0], [Buffer.from("ha")])) as typeof fs.writeSync)
      .mockImplementationOnce(failing(code));
    await expect(writeFile(path, "half")).rejects.toThrow(new InputError([{ message: `cannot write ${path}: ${reason}` }]));
    expect(readdirSync(join(path, ".."))).toEqual(["x.txt"]);
    expect(readFileSync(path, "utf8")).toBe("old");
  });

  it("is refused where its folder cannot be", async () => {
    const path = folder({ file: "" });
    await expect(writeFile(join(path, "file", "x.txt"), "x")).rejects.toThrow(/cannot write .*x\.txt: /);
    await expect(writeFile(path, "x")).rejects.toThrow(/cannot write .*: it is a directory/);
    expect(readdirSync(path)).toEqual(["file"]);
  });

  it("is removed where what gives its text fails", async () => {
    const path = join(folder(), "x.txt");
    function* parts(): Iterable<string> {
      yield "first";
      throw new Error("no more");
    }
    await expect(writeFile(path, parts())).rejects.toThrow("no more");
    expect(readdirSync(join(path, ".."))).toEqual([]);
  });

  it("is given up at a signal between two pieces, and what stood under its name stays", async () => {
    const path = join(folder({ "x.txt": "old" }), "x.txt");
    const controller = new AbortController();
    function* parts(): Iterable<string> {
      yield "x".repeat(1 << 20);
      setImmediate(() => controller.abort());
      yield "x".repeat(1 << 20);
      throw new Error("asked for more");
    }
    expect(await writeFile(path, parts(), controller.signal)).toBe(false);
    expect(readdirSync(join(path, ".."))).toEqual(["x.txt"]);
    expect(readFileSync(path, "utf8")).toBe("old");
  });

  it("stands where links lead, and the links stay, also before the file is there", async () => {
    const path = folder({ "real/x.txt": "old" });
    symlinkSync(join("real", "x.txt"), join(path, "link"));
    symlinkSync("link", join(path, "second"));
    symlinkSync(join("real", "new", "y.txt"), join(path, "early"));
    await writeFile(join(path, "second"), "new");
    await writeFile(join(path, "early"), "first");
    expect([readFileSync(join(path, "real/x.txt"), "utf8"), readFileSync(join(path, "real/new/y.txt"), "utf8")]).toEqual(["new", "first"]);
    for (const link of ["link", "second", "early"]) expect(lstatSync(join(path, link)).isSymbolicLink()).toBe(true);
    symlinkSync("round", join(path, "round"));
    await expect(writeFile(join(path, "round"), "x")).rejects.toThrow("its symbolic links run in a circle");
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

describe("a pipe", () => {
  const pipe = () => {
    const path = join(folder(), "pipe");
    execFileSync("mkfifo", [path]);
    return path;
  };

  it("is written into, waits for its reader, and stays a pipe", async () => {
    const path = pipe();
    checkWritable(path);
    const written = writeFile(path, ["first ", "x".repeat(1 << 20), " last\n"]);
    const reader = spawn("sh", ["-c", `sleep 0.2; tail -c 6 "${path}"`]);
    let read = "";
    reader.stdout.on("data", (chunk) => {
      read += String(chunk);
    });
    const closed = new Promise((resolve) => {
      reader.on("close", resolve);
    });
    expect(await written).toBe(true);
    await closed;
    expect(read).toBe(" last\n");
    expect(lstatSync(path).isFIFO()).toBe(true);
  });

  it("whose reader has had enough is no error", async () => {
    const path = pipe();
    spawn("sh", ["-c", `head -c 1 "${path}"`]);
    expect(
      await writeFile(
        path,
        Array.from({ length: 64 }, () => "x".repeat(1 << 16)),
      ),
    ).toBe(true);
  });

  it("without a reader is given up at a signal", async () => {
    const controller = new AbortController();
    const written = writeFile(pipe(), "x", controller.signal);
    controller.abort();
    expect(await written).toBe(false);
  });
});

it("a device is written into", async () => {
  await expect(writeFile("/dev/full", "x")).rejects.toThrow("cannot write /dev/full: the disk is full");
  expect(lstatSync("/dev/full").isCharacterDevice()).toBe(true);
});

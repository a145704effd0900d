// What must hold of replicas is noticed where it does not: each check fails on what it is to find.
import { describe, expect, test } from "vitest";
import { Replicas } from "./replicas.ts";

/** Three of which one leads in a term later than 5, and has acknowledged a command. */
function begun(options: ConstructorParameters<typeof Replicas>[2] = {}): Replicas {
  const replicas = new Replicas(3, 1, options);
  for (const { id } of replicas.nodes) forget(replicas, id, 5);
  replicas.runUntil(() => replicas.leader !== undefined && replicas.propose(replicas.leader, 1));
  replicas.runUntil(() => replicas.acknowledged.has(1));
  replicas.runFor(100_000);
  return replicas;
}

/** It starts with an empty log, in a term. */
function forget(replicas: Replicas, id: number, term: number): void {
  replicas.crash(id);
  const node = replicas.nodes[id]!;
  node.disk = { ...node.disk, term, vote: undefined, entries: [] };
  replicas.start(id);
}

/** All but one forget, and elect one in a term later than another. */
function electedWithout(replicas: Replicas, term: number): void {
  replicas.crash(0);
  for (const id of [1, 2]) forget(replicas, id, term);
  replicas.runUntil(() => replicas.leader !== undefined);
}

describe("a leader that lacks what was committed", () => {
  test("in an earlier term", () => {
    expect(() => electedWithout(begun(), 8)).toThrow(/^L4/);
  });

  test("unless it was in a later one: it may be elected late", () => {
    expect(() => electedWithout(begun(), 2)).not.toThrow();
  });
});

describe.each(["settle", "calmDown"] as const)("in the end: %s", (end) => {
  test("nothing is amiss", () => {
    expect(() => begun()[end]()).not.toThrow();
  });

  test("a command was acknowledged that is nowhere, or that stands elsewhere", () => {
    for (const command of [1, 2]) {
      const replicas = begun();
      replicas.acknowledged.set(command, 1);
      expect(() => replicas[end]()).toThrow(new RegExp(`^L6: command ${command} `));
    }
  });

  test("what was acknowledged is also looked for behind a snapshot that one was sent", () => {
    const replicas = begun();
    const other = (replicas.leader! + 1) % 3;
    replicas.crash(other);
    replicas.propose(replicas.leader!, 2);
    replicas.runUntil(() => replicas.acknowledged.has(2));
    replicas.compact(replicas.leader!);
    replicas.start(other);
    replicas.runFor(1_000_000);
    expect(replicas.installed).toBe(1);
    replicas[end]();
    replicas.acknowledged.set(3, 3);
    expect(() => replicas[end]()).toThrow(/^L6: command 3 /);
  });
});

describe("when all is calm again", () => {
  test("one has not applied all", () => {
    const replicas = begun();
    replicas.nodes[1]!.applied -= 1;
    expect(() => replicas.calmDown()).toThrow(/^1 has applied 1 of 2 entries/);
  });

  test("nobody leads", () => {
    const replicas = new Replicas(3, 1, {}, { voters: [7], learners: [0, 1, 2] });
    expect(() => replicas.calmDown()).toThrow(/^0 replicas lead/);
  });

  test("the leader has not committed all", () => {
    const replicas = begun({ checkQuorum: false });
    for (const node of replicas.nodes) node.busyUntil = Infinity; // their disks never come to an end
    replicas.propose(replicas.leader!, 2);
    expect(() => replicas.calmDown()).toThrow(/has committed 2 of 3 entries/);
  });

  test("a read was neither answered nor refused", () => {
    const replicas = begun();
    const read = replicas.read(replicas.leader!)!;
    replicas.calmDown();
    replicas.answered.delete(read);
    expect(() => replicas.calmDown()).toThrow(/neither answered nor refused read/);
  });
});

// What replicas say to one another, as a person can read it: test/golden/.
import { expect, test } from "vitest";
import { Replicas } from "./replicas.ts";

/** Three replicas whose messages take 1 ms and whose disks take 0.2; `acts` is told of from then on. */
function transcriptOf(acts: (replicas: Replicas) => void, options: ConstructorParameters<typeof Replicas>[2] = {}): string {
  const replicas = new Replicas(3, 7, options);
  replicas.weather = { latency: { least: 1000, most: 1000 }, disk: { least: 200, most: 200 }, loss: 0, twice: 0, late: 0 };
  replicas.isTold = true;
  acts(replicas);
  return `${replicas.transcript.join("\n")}\n`;
}

const elect = (replicas: Replicas) => replicas.runUntil(() => replicas.leader !== undefined);

test("the first election, and a command", async () => {
  const told = transcriptOf((replicas) => {
    elect(replicas);
    replicas.runFor(10_000);
    replicas.propose(replicas.leader!, 1);
    replicas.runFor(60_000);
  });
  await expect(told).toMatchFileSnapshot("../golden/first-election.txt");
});

test("a leader goes down, another takes over, and it follows when it is back", async () => {
  const told = transcriptOf((replicas) => {
    elect(replicas);
    replicas.runFor(10_000);
    const first = replicas.leader!;
    replicas.propose(first, 1);
    replicas.runFor(500);
    replicas.crash(first);
    replicas.runUntil(() => replicas.leader !== undefined);
    replicas.runFor(20_000);
    replicas.start(first);
    replicas.runFor(60_000);
  });
  await expect(told).toMatchFileSnapshot("../golden/leader-goes-down.txt");
});

test("a follower that is far behind is sent a snapshot", async () => {
  const told = transcriptOf((replicas) => {
    elect(replicas);
    replicas.runFor(10_000);
    const leader = replicas.leader!;
    const other = (leader + 1) % 3;
    replicas.crash(other);
    replicas.propose(leader, 1, 2, 3);
    replicas.runFor(10_000);
    replicas.compact(leader);
    replicas.start(other);
    replicas.runFor(120_000);
  });
  await expect(told).toMatchFileSnapshot("../golden/snapshot.txt");
});

test("leadership is handed over", async () => {
  const told = transcriptOf((replicas) => {
    elect(replicas);
    replicas.runFor(10_000);
    replicas.input(replicas.leader!, { kind: "transfer", to: (replicas.leader! + 1) % 3 });
    replicas.runFor(20_000);
  });
  await expect(told).toMatchFileSnapshot("../golden/transfer.txt");
});

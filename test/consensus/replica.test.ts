// What the paper and the dissertation say of a replica, claim by claim.
import { describe, expect, test } from "vitest";
import type { Message } from "../../src/consensus/message.ts";
import type { ReplicaOptions } from "../../src/consensus/replica.ts";
import { emptyLog } from "../../src/consensus/replicated-log.ts";
import { diskOf, entriesOf, OneReplica, THREE } from "./one-replica.ts";
import { Replicas } from "./replicas.ts";

const START = { index: 0, term: 0 };
const asks = (term: number, lastIndex = 0, lastTerm = 0, transfer = false) =>
  ({ kind: "vote", term, transfer, lastIndex, lastTerm }) as const;

/** Of the message that it has sent to the next since this was asked last. */
function roundOf(leader: OneReplica): number {
  const messages = leader.messagesTo(1);
  expect(messages).toMatchObject([{ kind: "append" }]);
  return (messages[0] as { round: number }).round;
}

describe("figure 3", () => {
  test("election safety: a voter votes once in a term, first come, first served", () => {
    const voter = new OneReplica({ checkQuorum: false });
    voter.hear(1, asks(1));
    voter.hear(2, asks(1));
    voter.hear(1, asks(1));
    expect(voter.sent).toEqual(["yes (term 1) → 1", "no (term 1) → 2", "yes (term 1) → 1"]);
  });

  test("election safety: nor does one vote that follows a leader in that term", () => {
    const follower = new OneReplica({ checkQuorum: false });
    follower.append(1, 1, START);
    void follower.sent;
    follower.hear(2, asks(1));
    expect(follower.sent).toEqual(["no (term 1) → 2"]);
  });

  test("election safety: also when it has restarted since", () => {
    const voter = new OneReplica({ checkQuorum: false });
    voter.hear(1, asks(1));
    const again = new OneReplica({ checkQuorum: false, disk: voter.disk });
    again.hear(2, asks(1));
    expect(again.sent).toEqual(["no (term 1) → 2"]);
  });

  test("leader append-only: a new leader keeps what it has of earlier terms, and appends", () => {
    const { replica } = new OneReplica({ disk: diskOf([1, 1, 2]) }).lead();
    expect(replica.role).toBe("leader");
    expect(replica.log.from(1, 9).map(({ term, content }) => `${term} ${content.kind}`)).toEqual([
      "1 command",
      "1 command",
      "2 command",
      "3 noop",
    ]);
  });

  test("log matching: what conflicts with a leader's entries is dropped with all behind it", () => {
    const follower = new OneReplica({ disk: diskOf([1, 1, 2, 2, 2], 2) });
    const entries = entriesOf([1, 1, 3, 3]);
    follower.append(1, 3, { index: 2, term: 1 }, entries.slice(2));
    expect(follower.replica.log.lastHash).toBe(entries[3]!.hash);
    expect(follower.disk.entries.map(({ term }) => term)).toEqual([1, 1, 3, 3]);
    expect(follower.sent).toEqual(["agrees up to 4 (term 3) → 1"]);
  });

  test("log matching: nothing is dropped that agrees, though the message is an old one", () => {
    const follower = new OneReplica({ disk: diskOf([1, 1, 1], 1) });
    follower.append(1, 1, START, entriesOf([1]));
    expect(follower.replica.log.lastIndex).toBe(3);
    expect(follower.sent).toEqual(["agrees up to 1 (term 1) → 1"]);
  });

  test("log matching: a follower that lacks the entry before refuses, and says up to where they may agree", () => {
    const follower = new OneReplica({ disk: diskOf([1, 1, 2, 2], 4) });
    follower.append(1, 4, { index: 9, term: 4 });
    follower.append(1, 4, { index: 4, term: 1 });
    expect(follower.sent).toEqual(["disagrees up to 4 of term 2 (term 4) → 1", "disagrees up to 2 of term 1 (term 4) → 1"]);
  });

  test("leader completeness: nobody votes for one whose log is behind its own", () => {
    const verdicts = (
      [
        [3, 2],
        [2, 3],
        [4, 1],
        [9, 1],
        [3, 3],
      ] as const
    ).map(([lastIndex, lastTerm]) => {
      const voter = new OneReplica({ checkQuorum: false, disk: diskOf([1, 2, 2], 3) });
      voter.hear(1, asks(4, lastIndex, lastTerm));
      return voter.sent[0]!.slice(0, 3);
    });
    expect(verdicts).toEqual(["yes", "yes", "no ", "no ", "yes"]);
  });

  test("state machine safety: what a majority has of an earlier term is committed only with an entry of the leader's own (figure 8)", () => {
    const leader = new OneReplica({ disk: diskOf([1, 2]) }).lead();
    leader.agrees(1, 2);
    expect(leader.applied).toEqual([]);
    leader.agrees(1, 3);
    expect(leader.applied).toEqual([1, 2, 3]);
  });
});

describe("terms", () => {
  test("who leads learns of a later term, and follows", () => {
    const leader = new OneReplica().lead();
    leader.hear(1, { kind: "appendAnswer", term: 7, agrees: false, match: 0, matchTerm: 0, round: 1 });
    expect([leader.replica.role, leader.replica.term, leader.disk.term]).toEqual(["follower", 7, 7]);
  });

  test("a message of a lower term counts for nothing, and is answered with the own one: so a leader that was cut off steps down", () => {
    const follower = new OneReplica({ disk: diskOf([], 5) });
    follower.append(1, 3, START);
    follower.hear(2, { kind: "preVote", term: 2, lastIndex: 9, lastTerm: 2 });
    expect(follower.sent).toEqual(["disagrees up to 0 of term 0 (term 5) → 1", "no (term 5) → 2"]);
    expect(follower.replica.leader).toBe(undefined);
  });

  test("such an answer is about no round, nor about the log: who sent the message may lead again by now, and number its rounds anew", () => {
    const follower = new OneReplica({ disk: diskOf([1, 1], 5) });
    follower.append(1, 3, START);
    follower.hear(1, { kind: "install", term: 3, snapshot: emptyLog(THREE, 0), round: 7 });
    const told = { kind: "appendAnswer", term: 5, agrees: false, match: 0, matchTerm: 0, round: 0 };
    expect(follower.messagesTo(1)).toEqual([told, told]);
    const leader = new OneReplica({ disk: diskOf([1, 1]) }).lead();
    leader.disagrees(1, 0, 0, 0);
    expect(leader.sent).toEqual([]);
  });

  test.each([true, false])("so it confirms nothing to who leads again (check-quorum: %s)", (checkQuorum) => {
    const replicas = new Replicas(3, 1, { checkQuorum });
    replicas.runUntil(() => replicas.leader !== undefined);
    replicas.runFor(10_000_000);
    const leader = replicas.leader!;
    const { term } = replicas.replica(leader);
    const late = { kind: "append", term, previousIndex: 1, previousTerm: term, entries: [], commit: 1, round: 200 } as const;
    for (const to of [(leader + 1) % 3, leader]) {
      replicas.input(replicas.leader!, { kind: "transfer", to });
      replicas.runUntil(() => replicas.leader === to);
      replicas.runFor(300_000);
    }
    const other = (leader + 1) % 3;
    replicas.input(other, { kind: "message", from: leader, message: late });
    replicas.runUntil(() => replicas.nodes[leader]!.timers.get("election") === replicas.now + 150_000);
    replicas.runFor(60_000);
    replicas.cutOff(leader); // it will not look for another 240 ms whether it is still followed
    replicas.runFor(155_000);
    replicas.input(other, { kind: "timer", timer: "election" });
    replicas.runUntil(() => replicas.leader !== leader && replicas.propose(replicas.leader!, 1));
    replicas.runUntil(() => replicas.acknowledged.has(1));
    let asked = 0;
    for (; asked < 100 && replicas.replica(leader).role === "leader"; asked++) {
      replicas.read(leader); // fails if it is answered
      replicas.runFor(1000);
    }
    expect(asked).toBeGreaterThan(1);
  });

  test("a candidate follows whoever leads in its term", () => {
    const candidate = new OneReplica({ preVote: false });
    candidate.timer("election");
    candidate.append(1, 1, START);
    expect([candidate.replica.role, candidate.replica.leader]).toEqual(["follower", 1]);
  });
});

describe("the disk comes before the answer", () => {
  test("of a vote, and of one's own", () => {
    const voter = new OneReplica({ checkQuorum: false, preVote: false, isFast: false });
    voter.hear(1, asks(1));
    expect(voter.sent).toEqual([]);
    voter.sync();
    expect(voter.sent).toEqual(["yes (term 1) → 1"]);
    voter.timer("election");
    expect(voter.sent).toEqual([]);
    voter.sync();
    expect(voter.sent).toEqual(["asks for its vote, last 0 of term 0 (term 2) → 1", "asks for its vote, last 0 of term 0 (term 2) → 2"]);
  });

  test("of entries", () => {
    const follower = new OneReplica({ isFast: false });
    follower.append(1, 1, START, entriesOf([1, 1]));
    expect(follower.sent).toEqual([]);
    follower.sync();
    expect(follower.sent).toEqual(["agrees up to 2 (term 1) → 1"]);
  });

  test("a leader sends at once, and counts itself when its own disk has it", () => {
    const leader = new OneReplica().lead();
    leader.agrees(1, 1);
    leader.isFast = false;
    leader.tell({ kind: "propose", commands: [1] });
    expect(leader.sent).toContain("append 2 behind 1 of term 1, commit 1 (term 1) → 1");
    leader.agrees(1, 2);
    expect(leader.applied).toEqual([1]);
    leader.sync();
    expect(leader.applied).toEqual([1, 2]);
  });
});

describe("pre-vote", () => {
  test("a replica that hears nobody asks first, and its term stays", () => {
    const alone = new OneReplica({ disk: diskOf([1], 1) });
    for (let i = 0; i < 5; i++) alone.timer("election");
    expect([alone.replica.role, alone.replica.term]).toEqual(["preCandidate", 1]);
    expect(alone.sent).toContain("would it vote, last 1 of term 1 (term 2) → 1");
  });

  test("who hears a leader would vote for nobody; one whose own leader is silent would", () => {
    const follower = new OneReplica();
    follower.now = 400_000;
    follower.append(1, 1, START);
    void follower.sent;
    follower.hear(2, { kind: "preVote", term: 2, lastIndex: 0, lastTerm: 0 });
    expect(follower.sent).toEqual(["no (term 1) → 2"]);
    follower.now += 150_000;
    follower.hear(2, { kind: "preVote", term: 2, lastIndex: 0, lastTerm: 0 });
    expect(follower.sent).toEqual(["yes (term 2) → 2"]);
    expect(follower.replica.term).toBe(1);
  });

  test("a pre-candidate forgets its leader", () => {
    const follower = new OneReplica();
    follower.append(1, 1, START);
    follower.timer("election");
    expect(follower.replica.leader).toBe(undefined);
  });

  test("one that comes back from behind a cut does not disturb the leader", () => {
    const replicas = new Replicas(3, 1);
    replicas.runUntil(() => replicas.leader !== undefined);
    replicas.runFor(500_000);
    const leader = replicas.leader!;
    const other = (leader + 1) % 3;
    replicas.cutOff(other);
    replicas.runFor(5_000_000);
    replicas.cut.clear();
    replicas.runFor(2_000_000);
    expect([replicas.leader, replicas.leaders.size, replicas.replica(other).leader]).toEqual([leader, 1, leader]);
  });

  test.each([true, false])("nor does one that only hears nothing (check-quorum: %s)", (checkQuorum) => {
    const replicas = new Replicas(3, 1, { checkQuorum });
    replicas.runUntil(() => replicas.leader !== undefined);
    replicas.runFor(500_000);
    const leader = replicas.leader!;
    replicas.cut.add(`${leader}>${(leader + 1) % 3}`);
    replicas.runFor(5_000_000);
    expect([replicas.leader, replicas.leaders.size]).toEqual([leader, 1]);
  });

  test("a leader would vote for nobody either", () => {
    const leader = new OneReplica({ checkQuorum: false }).lead();
    leader.now = 1_000_000;
    leader.hear(1, { kind: "preVote", term: 9, lastIndex: 9, lastTerm: 8 });
    expect(leader.sent).toEqual(["no (term 1) → 1"]);
  });
});

describe("check-quorum", () => {
  test("a leader that no majority answers steps down within two of its election timeouts", () => {
    const leader = new OneReplica().lead();
    leader.agrees(1, 1);
    leader.timer("election");
    expect(leader.replica.role).toBe("leader");
    leader.timer("election");
    expect([leader.replica.role, leader.replica.term]).toEqual(["follower", 1]);
  });

  test("voters refuse for an election timeout after a leader's message, and do not even take on the later term", () => {
    const follower = new OneReplica();
    follower.now = 400_000;
    follower.append(1, 1, START);
    void follower.sent;
    follower.now += 149_999;
    follower.hear(2, asks(9));
    expect([follower.sent, follower.replica.term]).toEqual([[], 1]);
    follower.now += 1;
    follower.hear(2, asks(9));
    expect(follower.sent).toEqual(["yes (term 9) → 2"]);
  });

  test("a leader refuses too, as long as it leads", () => {
    const leader = new OneReplica().lead();
    leader.now += 160_000;
    leader.hear(1, asks(9, 9, 8));
    expect([leader.replica.role, leader.replica.term]).toEqual(["leader", 1]);
  });

  test("and for one after their own restart", () => {
    const voter = new OneReplica({ disk: diskOf([1]) });
    voter.now = 149_999;
    voter.hear(2, asks(2, 1, 1));
    expect(voter.sent).toEqual([]);
    voter.now = 150_000;
    voter.hear(2, asks(2, 1, 1));
    expect(voter.sent).toEqual(["yes (term 2) → 2"]);
  });
});

describe("leadership transfer", () => {
  test("whom it is to go to stands at once, without asking before, and voters do not refuse for the leader's sake", () => {
    const target = new OneReplica();
    target.append(1, 1, START);
    void target.sent;
    target.hear(1, { kind: "timeoutNow", term: 1 });
    expect(target.sent[0]).toBe("asks for its vote, last 0 of term 0 (term 2) → 1");
    const voter = new OneReplica();
    voter.append(1, 1, START);
    void voter.sent;
    voter.hear(2, asks(2, 0, 0, true));
    expect(voter.sent).toEqual(["yes (term 2) → 2"]);
  });

  test("it waits until that has all entries; the leader takes no commands meanwhile, and holds no lease from then on", () => {
    const leader = new OneReplica().lead();
    for (const other of [1, 2]) leader.agrees(other, 1);
    expect(leader.replica.leaseUntil).toBeGreaterThan(leader.now);
    leader.tell({ kind: "propose", commands: [1] });
    void leader.sent;
    expect(leader.tell({ kind: "transfer", to: 1 })).toBe(true);
    expect([leader.sent, leader.tell({ kind: "propose", commands: [2] })]).toEqual([[], false]);
    expect(leader.replica.leaseUntil).toBeGreaterThan(leader.now);
    leader.agrees(1, 2, 9);
    expect(leader.sent).toContain("stand for election (term 1) → 1");
    leader.agrees(2, 2, 99);
    expect(leader.replica.leaseUntil).toBe(Number.NEGATIVE_INFINITY);
  });

  /** A leader of term 1 that is to hand over to one that is up to there, and whose election timeout has passed. */
  const givesUp = (match: number, options: Partial<ReplicaOptions> = {}) => {
    const leader = new OneReplica(options).lead();
    leader.agrees(2, 1);
    leader.agrees(1, match);
    leader.now += 1;
    leader.tell({ kind: "transfer", to: 1 });
    for (let i = 0; i < 2; i++) {
      expect([leader.replica.role, leader.tell({ kind: "propose", commands: [1] })]).toEqual(["leader", false]);
      leader.agrees(2, 1);
      void leader.sent;
      leader.timer("election");
    }
    return leader;
  };

  test("it is given up after an election timeout, where the other never gets all entries; and no lease is lost", () => {
    const leader = givesUp(0);
    expect(leader.tell({ kind: "propose", commands: [1] })).toBe(true);
    leader.agrees(2, 1, 99);
    expect([leader.replica.term, leader.replica.leaseUntil > leader.now]).toEqual([1, true]);
  });

  test("if the other was told it may stand at any time: the leader stands itself, and holds a lease in the next term", () => {
    const leader = givesUp(1);
    expect([leader.replica.role, leader.sent]).toEqual([
      "candidate",
      ["asks for its vote, last 1 of term 1 (term 2) → 1", "asks for its vote, last 1 of term 1 (term 2) → 2"],
    ]);
    leader.hear(2, { kind: "voteAnswer", term: 2, granted: true });
    for (const other of [1, 2]) leader.agrees(other, 2);
    expect([leader.replica.role, leader.replica.leaseUntil > leader.now]).toEqual(["leader", true]);
    const late = new OneReplica({ id: 1 });
    late.append(0, 2, START);
    void late.sent;
    late.hear(0, { kind: "timeoutNow", term: 1 });
    expect([late.sent, late.replica.role]).toEqual([[], "follower"]);
  });

  test("its voters do not refuse for its own sake; and without leases it goes on as it is", () => {
    const voter = new OneReplica({ id: 2 });
    voter.append(0, 1, START);
    void voter.sent;
    voter.hear(0, asks(2, 0, 0, true));
    expect(voter.sent).toEqual(["yes (term 2) → 0"]);
    const leader = givesUp(1, { checkQuorum: false });
    expect([leader.replica.role, leader.replica.term, leader.tell({ kind: "propose", commands: [1] })]).toEqual(["leader", 1, true]);
  });
});

describe("elections", () => {
  test("votes of who is no voter do not count", () => {
    const candidate = new OneReplica({ preVote: false, disk: diskOf([], 0, undefined, { voters: [0, 1, 2], learners: [3] }) });
    candidate.timer("election");
    for (const other of [3, 7]) candidate.hear(other, { kind: "voteAnswer", term: 1, granted: true });
    expect(candidate.replica.role).toBe("candidate");
    candidate.hear(2, { kind: "voteAnswer", term: 1, granted: true });
    expect(candidate.replica.role).toBe("leader");
  });
});

describe("reads", () => {
  test("none before the leader's first own entry is committed", () => {
    const leader = new OneReplica({ checkQuorum: false }).lead();
    expect(leader.tell({ kind: "read", read: 1 })).toBe(false);
    leader.agrees(1, 1);
    expect(leader.tell({ kind: "read", read: 1 })).toBe(true);
  });

  test("a read knows what was committed when it came, once a majority has confirmed that it led then", () => {
    const leader = new OneReplica({ checkQuorum: false }).lead();
    leader.agrees(1, 1);
    leader.tell({ kind: "read", read: 1 });
    leader.agrees(2, 1, 1); // answers a message that was sent before
    expect(leader.reads).toEqual([]);
    leader.agrees(2, 1, 99);
    expect(leader.reads).toEqual(["1 at 1"]);
  });

  test("also an answer to the last round before it confirms nothing", () => {
    const leader = new OneReplica({ checkQuorum: false }).lead();
    leader.agrees(1, 1);
    leader.timer("heartbeat");
    const before = roundOf(leader);
    leader.tell({ kind: "read", read: 1 });
    const since = roundOf(leader);
    leader.agrees(1, 1, before);
    expect(leader.reads).toEqual([]);
    leader.agrees(1, 1, since);
    expect(leader.reads).toEqual(["1 at 1"]);
  });

  test("reads that come while a round for others is under way share the next", () => {
    const leader = new OneReplica({ checkQuorum: false }).lead();
    for (const other of [1, 2]) leader.agrees(other, 1);
    void leader.sent;
    for (let read = 0; read < 100; read++) leader.tell({ kind: "read", read });
    const first = roundOf(leader);
    leader.agrees(1, 1, first);
    expect(leader.reads).toEqual(["0 at 1"]);
    const second = roundOf(leader);
    expect(second).toBe(first + 1);
    leader.agrees(2, 1, second);
    expect([leader.reads.length, leader.sent]).toEqual([100, []]);
  });

  test("or the next heartbeat, where that round is lost", () => {
    const leader = new OneReplica({ checkQuorum: false }).lead();
    leader.agrees(1, 1);
    for (const read of [1, 2]) leader.tell({ kind: "read", read });
    void leader.sent;
    leader.timer("heartbeat");
    leader.agrees(1, 1, roundOf(leader));
    expect(leader.reads).toEqual(["1 at 1", "2 at 1"]);
  });

  test("without check-quorum, a leader that no majority answers refuses those that have waited for an election timeout", () => {
    const leader = new OneReplica({ checkQuorum: false }).lead();
    leader.agrees(1, 1);
    leader.timer("election");
    leader.tell({ kind: "read", read: 1 });
    leader.now += 1000;
    leader.tell({ kind: "read", read: 2 });
    leader.timer("election");
    expect([leader.reads, leader.replica.role]).toEqual([["1 refused"], "leader"]);
    leader.timer("election");
    expect(leader.reads).toEqual(["1 refused", "2 refused"]);
  });

  test("one that is answered lets them wait, though the answers are as late as that", () => {
    const leader = new OneReplica({ checkQuorum: false }).lead();
    leader.agrees(1, 1);
    leader.tell({ kind: "read", read: 1 });
    for (let i = 0; i < 3; i++) {
      leader.agrees(1, 1);
      leader.timer("election");
    }
    expect(leader.reads).toEqual([]);
  });

  test("the lease counts from when the round was sent that is confirmed, not a later one", () => {
    const leader = new OneReplica().lead();
    const sent = leader.now;
    leader.timer("heartbeat");
    leader.agrees(1, 1, 1);
    expect(leader.replica.leaseUntil).toBe(sent + 150_000);
  });

  test("with a lease it is answered at once, until that is over by its clock, less what clocks may drift", () => {
    const leader = new OneReplica({ drift: 0.1 }).lead();
    const sent = leader.now;
    leader.agrees(1, 1);
    expect(leader.replica.leaseUntil).toBe(sent + Math.floor((150_000 * 0.9) / 1.1));
    leader.tell({ kind: "read", read: 1 });
    expect(leader.reads).toEqual(["1 at 1"]);
    leader.now = leader.replica.leaseUntil;
    leader.tell({ kind: "read", read: 2 });
    expect(leader.reads).toEqual(["1 at 1"]);
    leader.hear(2, { kind: "append", term: 2, previousIndex: 0, previousTerm: 0, entries: [], commit: 0, round: 1 });
    expect(leader.reads).toEqual(["1 at 1", "2 refused"]);
  });
});

describe("changes of members", () => {
  const settled = (options = {}) => {
    const leader = new OneReplica(options).lead();
    leader.agrees(1, 1);
    return leader;
  };

  test("none before the leader's first own entry is committed, and one at a time", () => {
    const leader = new OneReplica().lead();
    const add = (replica: number) => leader.tell({ kind: "change", change: { kind: "add", replica } });
    expect(add(3)).toBe(false);
    leader.agrees(1, 1);
    expect([add(3), add(4)]).toEqual([true, false]);
    leader.agrees(1, 2);
    expect(add(4)).toBe(true);
  });

  test("they count from when they are appended: a majority of the new members commits them", () => {
    const leader = settled({ disk: diskOf([], 0, undefined, { voters: [0, 1, 2], learners: [3] }) });
    leader.tell({ kind: "change", change: { kind: "promote", replica: 3 } });
    leader.agrees(1, 2);
    expect(leader.applied).toEqual([1]);
    leader.agrees(3, 2);
    expect(leader.applied).toEqual([1, 2]);
  });

  test("and fall back with what is cut off", () => {
    const follower = new OneReplica();
    follower.append(1, 1, START, entriesOf([1, 1], { 2: { kind: "members", members: { voters: [0, 1], learners: [] } } }));
    expect(follower.replica.log.members.voters).toEqual([0, 1]);
    follower.append(2, 2, { index: 1, term: 1 }, entriesOf([1, 2]).slice(1));
    expect(follower.replica.log.members).toEqual(THREE);
  });

  test("a learner is sent all, and counts for nothing", () => {
    const leader = settled({ disk: diskOf([], 0, undefined, { voters: [0, 1, 2], learners: [3] }) });
    leader.tell({ kind: "propose", commands: [1] });
    leader.agrees(3, 2);
    expect(leader.applied).toEqual([1]);
    const learner = new OneReplica({ id: 3, disk: diskOf([], 0, undefined, { voters: [0, 1, 2], learners: [3] }) });
    learner.timer("election");
    expect([learner.replica.role, learner.sent]).toEqual(["follower", []]);
  });

  test("a leader that is removed leads until that is committed, without counting itself", () => {
    const leader = settled();
    leader.tell({ kind: "change", change: { kind: "remove", replica: 0 } });
    leader.agrees(1, 2);
    expect([leader.replica.role, leader.applied]).toEqual(["leader", [1]]);
    leader.agrees(2, 2);
    expect([leader.replica.role, leader.applied]).toEqual(["follower", [1, 2]]);
  });
});

describe("who is to be removed", () => {
  test.each([2, 4])("still stands as long as that is not committed, without counting itself: of %d", (count) => {
    const replicas = new Replicas(count, 3);
    replicas.runUntil(() => replicas.leader !== undefined);
    replicas.runFor(500_000);
    const leader = replicas.leader!;
    const others = replicas.nodes.map(({ id }) => id).filter((id) => id !== leader);
    replicas.cutOff(leader);
    replicas.input(leader, { kind: "change", change: { kind: "remove", replica: leader } });
    replicas.runFor(10_000);
    replicas.crash(leader);
    replicas.cut.clear();
    // Nobody else wins: only the one that was to go has the last entry, and without it they are too few.
    replicas.start(leader);
    if (count === 4) replicas.crash(others.at(-1)!);
    replicas.runUntil(() => others.includes(replicas.leader ?? leader));
    expect(replicas.replica(replicas.leader!).log.members.voters).toEqual(others);
  });

  const without = { 1: { kind: "members", members: { voters: [1, 2], learners: [] } } } as const;

  test.each([true, false])("needs all of two others (pre-vote: %s)", (preVote) => {
    const candidate = new OneReplica({ preVote, disk: { ...diskOf([], 1), entries: entriesOf([1], without) } });
    candidate.timer("election");
    const answer = { kind: preVote ? "preVoteAnswer" : "voteAnswer", term: 2, granted: true } as const;
    candidate.hear(1, answer);
    expect(candidate.replica.role).toBe(preVote ? "preCandidate" : "candidate");
    candidate.hear(2, answer);
    expect(candidate.replica.role).toBe(preVote ? "candidate" : "leader");
  });

  test("stands no more when it knows that it is", () => {
    const removed = new OneReplica();
    removed.append(1, 1, START, entriesOf([1], without), 1);
    removed.timer("election");
    expect(removed.replica.role).toBe("follower");
  });
});

describe("snapshots", () => {
  test("come in place of the log up to there, also on disk", () => {
    const leader = new OneReplica().lead();
    leader.tell({ kind: "propose", commands: [1, 2] });
    leader.agrees(1, 3);
    leader.tell({ kind: "compact", index: 2, state: 42 });
    expect(leader.disk).toMatchObject({ snapshot: { index: 2, term: 1, state: 42 }, entries: [{ index: 3 }] });
    expect(new OneReplica({ disk: leader.disk }).replica.log.lastHash).toBe(leader.replica.log.lastHash);
  });

  test("are sent to who lacks entries that are only in them; what follows on them stays", () => {
    const leader = new OneReplica({ disk: diskOf([1, 1, 1]) }).lead();
    leader.agrees(1, 4);
    leader.tell({ kind: "compact", index: 3, state: 7 });
    void leader.sent;
    leader.hear(2, { kind: "appendAnswer", term: 2, agrees: false, match: 0, matchTerm: 0, round: 1 });
    expect(leader.sent).toEqual(["snapshot up to 3 (term 2) → 2"]);
    const { snapshot } = leader.replica.log;
    const behind = new OneReplica({ id: 2 });
    behind.hear(0, { kind: "install", term: 2, snapshot, round: 1 });
    expect([behind.sent, behind.replica.commit, behind.replica.log.lastHash]).toEqual([["agrees up to 3 (term 2) → 0"], 3, snapshot.hash]);
    const ahead = new OneReplica({ id: 2, disk: diskOf([1, 1, 1, 1]) });
    ahead.hear(0, { kind: "install", term: 2, snapshot, round: 1 });
    expect([ahead.replica.log.lastIndex, ahead.disk.entries.length]).toEqual([4, 1]);
  });

  test("what may not follow on them does not stay", () => {
    const follower = new OneReplica({ disk: diskOf([1, 1, 1, 1, 1]) });
    const { hash } = entriesOf([2, 2, 2])[2]!;
    follower.hear(1, { kind: "install", term: 2, snapshot: { index: 3, term: 2, hash, members: THREE, state: 0 }, round: 1 });
    expect([follower.replica.log.lastIndex, follower.disk.entries]).toEqual([3, []]);
  });

  test("name the members as of their index, not the last ones", () => {
    const follower = new OneReplica();
    follower.append(1, 1, START, entriesOf([1, 1], { 2: { kind: "members", members: { voters: [0, 1], learners: [] } } }), 1);
    follower.tell({ kind: "compact", index: 1, state: 0 });
    expect(follower.disk.snapshot.members).toEqual(THREE);
  });

  test("are taken neither of what one covers already nor of what is not committed", () => {
    const follower = new OneReplica();
    follower.append(1, 1, START, entriesOf([1, 1, 1]), 2);
    const compact = (index: number) => follower.tell({ kind: "compact", index, state: index });
    expect([compact(3), compact(2), compact(2), compact(1)]).toEqual([false, true, false, false]);
    expect(follower.disk).toMatchObject({ snapshot: { index: 2, state: 2 }, entries: [{ index: 3 }] });
  });

  test("that are lost are sent again, once in an election timeout", () => {
    const leader = new OneReplica({ checkQuorum: false, disk: diskOf([1, 1, 1]) }).lead();
    leader.agrees(1, 4);
    leader.tell({ kind: "compact", index: 3, state: 7 });
    leader.disagrees(2, 0, 0);
    const told = Array.from({ length: 7 }, () => {
      const sent = leader.sentTo(2);
      leader.timer("heartbeat");
      return sent.join();
    });
    const beat = "append nothing behind 3 of term 1, commit 0 (term 2)";
    const snapshot = "snapshot up to 3 (term 2)";
    expect(told).toEqual([snapshot, beat, beat, snapshot, beat, beat, snapshot]);
  });

  test("are not sent to one that has only not answered yet", () => {
    const leader = new OneReplica({ checkQuorum: false }).lead();
    for (const other of [1, 2]) leader.agrees(other, 1);
    leader.now = leader.timers.get("heartbeat")! - 500;
    leader.tell({ kind: "propose", commands: [1] });
    leader.agrees(1, 2);
    leader.tell({ kind: "compact", index: 2, state: 1 });
    void leader.sent;
    leader.timer("heartbeat");
    expect(leader.sentTo(2)).toEqual(["append nothing behind 2 of term 1, commit 1 (term 1)"]);
    leader.disagrees(2, 1, 1); // it was lost
    expect(leader.sentTo(2)).toEqual(["snapshot up to 2 (term 1)"]);
  });
});

describe("replication", () => {
  test("entries are sent ahead of answers, in batches, as many as may be; what is lost is sent again", () => {
    const leader = new OneReplica({ batch: 2, pipeline: 3 }).lead();
    leader.agrees(1, 1);
    void leader.sent;
    leader.tell({ kind: "propose", commands: [1, 2, 3, 4, 5, 6, 7, 8] });
    expect(leader.sent.filter((text) => text.endsWith("1")).map((text) => text.split(" behind")[0])).toEqual([
      "append 2,3",
      "append 4,5",
      "append 6,7",
    ]);
    leader.agrees(1, 3);
    expect(leader.sent[0]).toMatch(/^append 8,9 behind 7/);
    leader.timer("heartbeat");
    leader.timer("heartbeat");
    leader.timer("heartbeat");
    expect(leader.sent.filter((text) => text.endsWith("1"))).toContain("append 4,5 behind 3 of term 1, commit 3 (term 1) → 1");
  });

  test("nothing is committed beyond what is known to agree", () => {
    const follower = new OneReplica({ disk: diskOf([1, 1, 1]) });
    follower.append(1, 2, { index: 1, term: 1 }, [], 3);
    expect(follower.applied).toEqual([1]);
  });

  test("no commands are taken without an entry for them", () => {
    const leader = new OneReplica().lead();
    expect(leader.tell({ kind: "propose", commands: [] })).toBe(true);
    expect([leader.disk.entries.length, leader.sent]).toEqual([1, []]);
  });

  test.each([
    ["all on disk", true],
    ["under way to it", false],
  ])("what was cut off counts no more as on disk: %s", (_, isFast) => {
    const one = new OneReplica({ disk: diskOf([1, 1]), checkQuorum: false, isFast });
    one.append(1, 1, { index: 2, term: 1 }, entriesOf([1, 1, 1, 1, 1]).slice(2));
    one.append(1, 2, { index: 2, term: 1 }, entriesOf([1, 1, 2]).slice(2));
    one.sync();
    one.isFast = true;
    one.lead().agrees(1, 4);
    one.isFast = false;
    one.tell({ kind: "propose", commands: [9] });
    one.agrees(1, 5);
    expect(one.applied.at(-1)).toBe(4);
    one.sync();
    expect(one.applied.at(-1)).toBe(5);
  });

  test("one that was a member before is sent all, though a late answer tells of what it had then", () => {
    const leader = new OneReplica({ checkQuorum: false, disk: diskOf([], 0, undefined, { voters: [0, 1, 2], learners: [3] }) }).lead();
    leader.agrees(1, 1);
    leader.tell({ kind: "change", change: { kind: "remove", replica: 3 } });
    leader.agrees(1, 2);
    leader.tell({ kind: "change", change: { kind: "add", replica: 3 } });
    void leader.sent;
    leader.agrees(3, 1);
    expect(leader.sentTo(3)).toEqual(["append 2,3 behind 1 of term 1, commit 2 (term 1)"]);
  });

  test("what is behind a snapshot is sent too, if it was lost before that was sent", () => {
    const replicas = new Replicas(3, 1);
    replicas.runUntil(() => replicas.leader !== undefined);
    replicas.runFor(500_000);
    const leader = replicas.leader!;
    const [behind, other] = [(leader + 1) % 3, (leader + 2) % 3];
    replicas.cut.add(`${leader}>${behind}`);
    replicas.propose(leader, 1, 2);
    replicas.runFor(10_000);
    replicas.cut.add(`${leader}>${other}`);
    replicas.propose(leader, 3, 4);
    replicas.compact(leader);
    replicas.runFor(3000);
    replicas.cut.clear();
    replicas.crash(other);
    replicas.runUntil(() => replicas.acknowledged.has(4), 1_000_000);
    expect([replicas.leader, replicas.installed]).toEqual([leader, 1]);
  });

  test.each([4, 16, 64])(
    "of %d messages one is lost: where they agree is looked for once, though each of the others is refused",
    (pipeline) => {
      const leader = new OneReplica({ batch: 8, pipeline, checkQuorum: false }).lead();
      leader.agrees(1, 1);
      void leader.sent;
      leader.tell({ kind: "propose", commands: [...new Array(pipeline * 8).keys()] });
      const [, ...arrived] = leader.messagesTo(1);
      for (const message of arrived) leader.disagrees(1, 1, 1, "round" in message ? message.round : 0);
      expect([arrived.length, leader.sentTo(1)]).toEqual([pipeline - 1, ["append 2,3,4,5,6,7,8,9 behind 1 of term 1, commit 1 (term 1)"]]);
    },
  );

  test("who refuses late, of what it has agreed to since, is not believed", () => {
    const leader = new OneReplica({ disk: diskOf([1, 1, 1]) }).lead();
    leader.agrees(1, 4);
    leader.tell({ kind: "propose", commands: [1] });
    void leader.sent;
    leader.disagrees(1, 1, 1);
    expect(leader.sent).toEqual([]);
  });

  /** How often a leader whose log has these terms sends something to a follower until they agree. */
  function messagesUntilAgreed(leaderTerms: readonly number[], followerTerms: readonly number[]): number {
    const leader = new OneReplica({ disk: diskOf(leaderTerms, 9) }).lead();
    const follower = new OneReplica({ id: 1, disk: diskOf(followerTerms, 9) });
    leader.timer("heartbeat");
    for (let messages = 1; ; messages++) {
      for (const message of leader.messagesTo(1)) follower.hear(0, message);
      const [answer] = follower.messagesTo(0) as [Message<number, number>];
      if (answer.kind === "appendAnswer" && answer.agrees) return messages;
      leader.hear(1, answer);
    }
  }

  test.each([10, 100, 1000])(
    "where logs agree is found with one message for each term in which they do not, at most: %d entries",
    (count) => {
      const some = (term: number) => new Array(count).fill(term);
      const found = [
        messagesUntilAgreed([1, ...some(3)], [1, ...some(2)]),
        messagesUntilAgreed([1, ...some(2)], [1, ...some(3)]),
        messagesUntilAgreed([1, ...some(3), ...some(3)], [1, ...some(2)]),
        messagesUntilAgreed([1, ...some(3)], [1, ...some(2), ...some(2)]),
        messagesUntilAgreed([1, ...some(3), ...some(5)], [1, ...some(2), ...some(4)]),
        messagesUntilAgreed([1, ...some(1)], [1, ...some(1), ...some(2)]),
      ];
      expect(found).toEqual([2, 2, 2, 2, 3, 1]);
    },
  );
});

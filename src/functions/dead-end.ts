// Notices when nothing is left in this process that could go on: then who still waits, waits in vain.

const waiting = new Set<() => void>();

function tellAll(): void {
  for (const tell of [...waiting]) tell();
}

/** Calls `tell` if the process runs out of things to do; until the function that it returns is called. */
export function watchDeadEnd(tell: () => void): () => void {
  if (waiting.size === 0) process.on("beforeExit", tellAll);
  waiting.add(tell);
  return () => {
    waiting.delete(tell);
    if (waiting.size === 0) process.off("beforeExit", tellAll);
  };
}

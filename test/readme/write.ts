// npm run readme: makes the marked blocks of README.md anew. What a command prints that ends otherwise than marked is an error.
import { readFileSync, writeFileSync } from "node:fs";
import { withBodies } from "./document.ts";
import { ExampleFolder, outcomesOf, README } from "./run.ts";

const readme = readFileSync(README, "utf8");
const folder = new ExampleFolder(readme);
try {
  const outcomes = [...outcomesOf(readme, folder)];
  let index = 0;
  const written = withBodies(readme, (block) => {
    const outcome = outcomes[index++]?.[1];
    if (outcome === undefined) console.error(`left as it is, for its data are not there: ${block.what}`);
    else if (outcome.exit !== block.exit) throw new Error(`${block.what}: ends with ${outcome.exit}, not ${block.exit}\n${outcome.body}`);
    return outcome?.body;
  });
  if (written === readme) console.log("README.md is as it should be");
  else {
    writeFileSync(README, written);
    console.log("README.md is written anew");
  }
} finally {
  folder.remove();
}

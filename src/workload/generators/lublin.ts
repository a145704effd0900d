// Rigid batch jobs by the model of Lublin and Feitelson: sizes, run times and arrivals with a daily cycle.
import { refuse } from "../../model/errors.ts";
import { CPU } from "../../model/resources.ts";
import { SECOND } from "../../model/units.ts";
import { COUNT, type Generator, type GeneratorContext, numberOf, type OptionValues } from "./generator.ts";
import { LUBLIN_JOBS, LublinModel } from "./lublin-model.ts";

const MOST_PROCESSORS = 1_048_576;

export const lublin: Generator = {
  name: "lublin",
  summary: "batch jobs: sizes with many powers of two, hyper-gamma run times, arrivals with a daily cycle from midnight on",
  source: "Lublin and Feitelson 2003, The workload on parallel supercomputers: modeling the characteristics of rigid jobs",
  options: {
    count: COUNT,
    jobs: {
      summary: "which jobs of the paper's logs: batch, interactive, or all alike",
      type: "text",
      default: "all",
      choices: Object.keys(LUBLIN_JOBS),
    },
    processors: {
      summary: "size of the machine that the jobs are for (default: cpus of the largest worker)",
      type: "count",
      min: 1,
      max: MOST_PROCESSORS,
    },
    utilisation: {
      summary: "mean processors × run time ÷ capacity; the times between arrivals are scaled to it (default: as in the paper)",
      type: "number",
      min: 1e-6,
    },
  },
  draws: ["duration", "cpu"],
  shape(options, context) {
    const processors = (options.processors as number | undefined) ?? largestWorker(context);
    const model = new LublinModel(options.jobs as keyof typeof LUBLIN_JOBS, processors);
    const stretch = gapFactor(model, options, context);
    const clock = model.clock();
    const { draws } = context;
    const [sizeKey, runKey, gapKey] = [draws.key("lublin/size"), draws.key("lublin/runtime"), draws.key("lublin/arrival")];
    let index = 0;
    const next = () => draws.uniform(index++);
    return {
      count: numberOf(options, "count"),
      fill(_position, row) {
        index = 0;
        draws.purpose(sizeKey);
        const size = model.size(next);
        index = 0;
        draws.purpose(runKey);
        row.work = Math.round(model.runTime(size, next) * SECOND);
        index = 0;
        draws.purpose(gapKey);
        row.release += Math.round(clock(model.gap(next) * stretch) * SECOND);
        row.request[CPU] = size * 1000;
      },
    };
  },
};

function largestWorker({ workers }: GeneratorContext): number {
  const cpus = Math.floor((workers.capacity[CPU] as Float64Array).reduce((most, cpu) => Math.max(most, cpu), 0) / 1000);
  if (!(cpus >= 1 && cpus <= MOST_PROCESSORS))
    refuse(`lublin: the largest worker has ${cpus} whole cpus; give processors, from 1 to ${MOST_PROCESSORS}`);
  return cpus;
}

/** What times between arrivals are multiplied with to give the utilisation; 1 where none is asked for. */
function gapFactor(model: LublinModel, options: OptionValues, { workers }: GeneratorContext): number {
  if (options.utilisation === undefined) return 1;
  const capacity = (workers.capacity[CPU] as Float64Array).reduce(
    (sum, cpu, w) => sum + (cpu / 1000) * ((workers.speed[w] as number) / 1000),
    0,
  );
  return model.meanArea() / capacity / model.meanGap() / (options.utilisation as number);
}

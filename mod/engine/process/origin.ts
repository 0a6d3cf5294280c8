/** Where a job's result comes from, for its footer. */
import { relative } from "@std/path";
import { VERSION } from "../../common/version.ts";
import type { OpenedDataset } from "../../dataset/dataset.ts";
import type { Input } from "../../dataset/inputs.ts";
import {
  type LineageModule,
  type LineageRequest,
  lineageTable,
  lineageText,
} from "../../job/lineage.ts";
import type { JobPlan } from "../../job/request.ts";
import { isUrl } from "../../remote/url.ts";
import { fingerprintsOf } from "./fingerprints.ts";

/** What a job opened. */
interface Opened {
  dataset: OpenedDataset;
  inputs: readonly Input<OpenedDataset>[];
  /** The formula, and then what it imports. */
  modules: LineageModule[];
}

/**
 * Tells where the result of a plan comes from. It depends on what was asked for and on the files alone, but for the job
 * and the time.
 */
export function lineageOf(plan: JobPlan, { dataset, inputs, modules }: Opened): string {
  return lineageText({
    Version: VERSION,
    Job: plan.id,
    Made: new Date().toISOString(),
    Request: requestOf(plan),
    WorkBytes: plan.limits.workBytes,
    Formula: modules,
    Tables: [
      lineageTable(null, filesOf(dataset)),
      ...inputs.map(({ input, dataset }) => lineageTable(input, filesOf(dataset))),
    ],
  });
}

function filesOf({ files }: OpenedDataset) {
  return fingerprintsOf({ files }).map(({ size, footer }, index) => ({
    Name: files[index]!.name,
    Bytes: size,
    FooterSHA256: footer,
  }));
}

function requestOf(plan: JobPlan): LineageRequest {
  const { asked, formula, directory, params, codec, rows = {} } = plan;
  const inputs = Object.entries(asked?.inputs ?? {});
  const { from, to, time, filter } = rows;
  return {
    ...(asked === undefined ? {} : { Base: withoutSecrets(asked.base) }),
    File: asked?.file ?? relative(directory, formula),
    ...(params === null || params === undefined ? {} : { Params: params }),
    ...(inputs.length === 0 ? {} : {
      Inputs: Object.fromEntries(inputs.map(([name, base]) => [name, withoutSecrets(base)])),
    }),
    Output: outputOf(plan),
    Codec: codec,
    ...(from === undefined ? {} : { From: from }),
    ...(to === undefined ? {} : { To: to }),
    ...(time === undefined ? {} : { Time: time }),
    ...(filter === undefined ? {} : { Filter: filter }),
  };
}

function outputOf({ stem, folder, format, partitionBy = [] }: JobPlan): string {
  return folder
    ? `${stem}/${partitionBy.map((column) => `{${column}}/`).join("")}`
    : `${stem}.${format ?? "parquet"}`;
}

/** Names as they were given; of URLs without what may be secret: user and query. */
function withoutSecrets(base: string | string[]): string | string[] {
  const plain = (name: string) => {
    if (!isUrl(name)) return name;
    const url = new URL(name);
    return `${url.protocol}//${url.host}${url.pathname}`;
  };
  return typeof base === "string" ? plain(base) : base.map(plain);
}

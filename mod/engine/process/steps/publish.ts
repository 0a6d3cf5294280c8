import type { SavedResult } from "../../../result/place.ts";
import { publishPartial } from "../../../result/publish.ts";
import { writtenOf } from "../job_run.ts";
import type { RunStep } from "./run_step.ts";

/** Gives a result that others have made its name. */
export const publish: RunStep<"publish"> = async (run, { report, part }) => {
  const { file, rows, bytesWritten: bytes, tables } = report;
  const { result: _text, ...figures } = report;
  const permit = (_saved: SavedResult, inode: number) => run.leave(inode, { ...figures, log: [] });
  const place = run.place({ part, permit });
  const saved: SavedResult = { file, rows, bytes, ...(tables && { tables }) };
  await publishPartial(place, saved, permit, undefined, place.replaced);
  return { ...report, ...writtenOf(saved) };
};

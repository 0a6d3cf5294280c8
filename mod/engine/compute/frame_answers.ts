import type { FrameAnswers, FrameRequest, FrameRequestType } from "../../formula/frame_requests.ts";
import type { Piece } from "../../formula/pieces.ts";
import type { ColumnTarget } from "../../formula/tasks/column.ts";
import { gatherColumn } from "./gather.ts";
import { reduce } from "./reduction.ts";
import type { RunningWork } from "./running_work.ts";

type Answers = {
  [T in FrameRequestType]: (
    work: RunningWork,
    request: FrameRequest<T>,
  ) => Promise<FrameAnswers[T]>;
};

/** What `main` is answered, by the types of its requests. */
const ANSWERS: Answers = {
  columns(work, { names, since = null }) {
    const { dataset, formula, extent, workerPool } = work;
    const all = formula.filter === null && extent.rows === dataset.rows;
    return Promise.all(names.map((column) => {
      work.extend();
      const decode = async (pieces: Piece[], target: ColumnTarget | null) => {
        const parts = await workerPool.run({ type: "column", column, pieces, target, since });
        work.advance(pieces);
        return parts;
      };
      return gatherColumn(dataset, work.runs(), all, column, formula.int64, decode);
    }));
  },
  reduction(work, { chunk, combine, args }) {
    work.extend();
    return reduce(work, chunk, combine, args);
  },
  async help({ workerPool }, { memory, count }) {
    await workerPool.runOnOthers(count, (thread) => ({ type: "help", memory, thread }));
    return null;
  },
};

/** Answers what `main` asks. */
export function answerFrame<T extends FrameRequestType>(
  work: RunningWork,
  request: FrameRequest<T>,
): Promise<FrameAnswers[T]> {
  return ANSWERS[request.type as T](work, request);
}

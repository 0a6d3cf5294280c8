import { LARGEST_SENT_RESULT } from "../../formula/tasks/outcome.ts";
import { UNIT_KEY } from "../../dataset/units.ts";
import { assertColumnsOfUnits } from "../../formula/units.ts";
import { LINEAGE_KEY } from "../../job/lineage.ts";
import { type JobReport, MOST_JOINED, type ResultUnits } from "../../job/request.ts";
import type { FooterNotes } from "../../parquet/format/key_values.ts";
import type { ResultPlace, SavedResult } from "../../result/place.ts";
import { Computation } from "../compute/computation.ts";
import type { Computed } from "../compute/outcome.ts";
import type { JobSetting } from "./engine_session.ts";
import type { JobRun } from "./job_run.ts";

/** The partitions that a step computes, of all of a job. */
interface Span {
  from: number;
  to: number;
}

/** Of so many files it is told at once what they are, where a result needs it at all: a text doesn't. */
const FEW_FILES = 16;

/** A step that computes: the job's session at work for it. */
export class SessionWork {
  readonly setting: JobSetting;
  readonly computation: Computation;
  readonly #run: JobRun;
  readonly #place: ResultPlace;
  readonly #partitions: number;
  readonly #readBefore: number;

  private constructor(
    run: JobRun,
    setting: JobSetting,
    placeOf: (work: SessionWork) => ResultPlace,
    span: Span,
  ) {
    const { dataset, inputs, traits, workerPool, partitions: all } = setting;
    const partitions = all.slice(span.from, span.to);
    this.setting = setting;
    this.#run = run;
    this.#partitions = partitions.length;
    this.#readBefore = workerPool.bytesRead;
    const place = this.#place = placeOf(this);
    this.computation = new Computation(
      { place, dataset, inputs, partitions, of: all.length, formula: traits },
      run.loader,
      workerPool,
      run.listener.progress,
    );
  }

  /**
   * Does the work of a step in the job's session.
   *
   * @param placeOf Where its result goes.
   * @param span All partitions where it is absent.
   */
  static do<T>(
    run: JobRun,
    placeOf: (work: SessionWork) => ResultPlace,
    step: (work: SessionWork) => Promise<T>,
    span: Span = { from: 0, to: Infinity },
  ): Promise<T> {
    const started = Promise.withResolvers<Computation>();
    return run.inSession({
      answer: async (request) => await (await started.promise).answer(request),
      log: (lines) => run.log.add(lines),
    }, async (setting) => {
      const work = new SessionWork(run, setting, placeOf, span);
      started.resolve(work.computation);
      const early = setTimeout(() => work.#prepare());
      try {
        return await step(work);
      } finally {
        clearTimeout(early);
      }
    });
  }

  /** Puts together what footers will say of many files, which is remembered: it takes a while, in which workers compute. */
  #prepare(): void {
    if (this.setting.dataset.files.length <= FEW_FILES) return;
    try {
      this.#place.notes?.();
    } catch {
      // Seen by whoever writes the footer.
    }
  }

  /** What the job reports, with the log and a text that is short enough to be sent. */
  whole({ saved, text }: Computed): JobReport {
    const result = shortText(text);
    return {
      ...this.reportOf(saved),
      ...(result === null ? {} : { result }),
      log: this.#run.log.lines,
    };
  }

  /** What the job reports, but for the result's text and the log. */
  reportOf(saved: SavedResult): JobReport {
    const { dataset, traits, workerPool } = this.setting;
    const rows = saved.file.endsWith(".txt") ? dataset.rows : saved.rows;
    return this.#run.reportOf({ ...saved, rows }, {
      kind: traits.kind,
      partitions: this.#partitions,
      bytesRead: workerPool.bytesRead - this.#readBefore,
      workers: workerPool.size,
      ...skippedOf(this.setting),
      ...joinedOf(this.setting),
    });
  }

  /** A place in the job's folder, with leave to take it. */
  place(more: Partial<ResultPlace>): ResultPlace {
    const permit = (saved: SavedResult, inode: number) =>
      this.#run.leave(inode, this.reportOf(saved));
    const notes = () => notesOf(this.setting.lineage(), this.setting.units());
    const bare = more.loose || this.#run.plan.format === "csv";
    return this.#run.place({
      ...more,
      ...this.#tables,
      permit,
      ...(bare ? {} : { notes }),
      columnsKnown: this.#columnsKnown,
    });
  }

  /** A place in the engine's own folder, with which the result goes. */
  ownPlace(): ResultPlace {
    const notes = () => notesOf(null, this.setting.units());
    return {
      ...this.#run.ownPlace(),
      ...this.#tables,
      notes,
      columnsKnown: this.#columnsKnown,
    };
  }

  get #tables(): Pick<ResultPlace, "tables"> {
    const { tables } = this.setting.traits;
    return tables === null ? {} : { tables };
  }

  readonly #columnsKnown = (names: string[]) =>
    assertColumnsOfUnits(this.setting.traits.units, names);
}

/** What the footer of a result says in keys and values. */
export function notesOf(lineage: string | null, { columns }: ResultUnits): FooterNotes {
  return {
    file: new Map(lineage === null ? [] : [[LINEAGE_KEY, lineage]]),
    columns: new Map(columns.map(([name, unit]) => [name, new Map([[UNIT_KEY, unit]])])),
  };
}

/** A text that may be sent; `null` where there is none, or a longer one. */
export function shortText(text: string | undefined): string | null {
  return text !== undefined && text.length <= LARGEST_SENT_RESULT ? text : null;
}

/** What the filters of formula and request ruled out. */
export function skippedOf(
  { traits: { filter }, skipped }: JobSetting,
): Pick<JobReport, "skipped"> {
  return filter === null ? {} : { skipped };
}

function joinedOf({ dataset, units }: JobSetting): Pick<JobReport, "joined"> {
  const joined = [...dataset.joined, ...units().conflicts];
  if (joined.length === 0) return {};
  const more = joined.length - MOST_JOINED;
  const told = joined.slice(0, MOST_JOINED);
  return { joined: more > 0 ? [...told, `and ${more} more columns`] : told };
}

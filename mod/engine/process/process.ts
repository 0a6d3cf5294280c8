/**
 * The engine process: a second run of this program that computes jobs, one at a time, so that a
 * formula that brings its process down takes no socket and no other job with it.
 */
import { join } from "@std/path";
import { removeIfThere } from "../../common/remove_if_there.ts";
import { ServiceError } from "../../common/errors.ts";
import { localDevices } from "../../common/local_devices.ts";
import { Garbage } from "../../common/garbage.ts";
import type { JobProgress } from "../../job/request.ts";
import { Loader } from "../../loader.ts";
import { Channel, type FromEngine, type JobEnd, type ToEngine } from "../link/channel.ts";
import { FetcherWorker } from "./fetcher_worker.ts";
import { holdFolder } from "../link/folder.ts";
import { type JobListener, JobRun } from "./job_run.ts";
import { runStep } from "./steps/steps.ts";
import { type JobTools, SessionKeeper } from "./engine_session.ts";
import type { EngineStart } from "./engine_start.ts";
import { ReadableFolders } from "../snapshot/readable.ts";
import { SnapshotKeeper } from "../snapshot/snapshot_keeper.ts";

/** Rights an engine gives up as soon as it is connected. */
const GIVEN_UP = ["net", "run", "env", "sys", "ffi"] as const;
/** Progress is told no more often than this, in milliseconds. */
const PROGRESS_EVERY = 100;
/** The server is told this often that the engine works, in milliseconds. */
const ALIVE_EVERY = 250;

/** Serves jobs until the server closes the channel. */
export async function serveJobs(start: EngineStart): Promise<void> {
  const { folder, folders, hosts, token, cells } = start;
  holdFolder(folder);
  const socket = await connect(folder);
  const channel = new Channel<FromEngine, ToEngine>(socket);
  const fetcher = hosts.length ? await FetcherWorker.start(hosts) : null;
  await channel.send({ type: "hello", token });
  localDevices(); // later it can't look any more
  for (const name of GIVEN_UP) await Deno.permissions.revoke({ name });
  const snapshots = new SnapshotKeeper(folders.snapshots);
  const garbage = new Garbage();
  let jobs = 0;
  /** Whether there is a thread that can't be ended: it is, with the process, as soon as no job runs. */
  let stuck = false;
  const leave = () => {
    sessions.close();
    removeIfThere(folder);
    Deno.exit(0);
  };
  cells.onStuck = () => {
    stuck = true;
    if (jobs === 0) leave();
  };
  const tools: JobTools = {
    loader: new Loader(),
    fetcher,
    cells,
    snapshots,
    readable: new ReadableFolders(folders),
    jobs: folders.jobs,
  };
  const own = join(folder, "job");
  const sessions = new SessionKeeper(tools, own);
  // That the server is gone is seen by the reading loop.
  setInterval(() => channel.send({ type: "alive" }).catch(() => {}), ALIVE_EVERY);
  let running: { run: JobRun; ended: Promise<void> } | null = null;
  for await (const message of channel) {
    if (message.type === "publish") {
      running?.run.permit();
      continue;
    }
    jobs++;
    const began = performance.now();
    await channel.send({ type: "begun" }).catch(() => {}); // the reading loop sees the end, too
    const run = new JobRun(message.plan, tools.loader, sessions, own, listenerOf(channel));
    const ended = tellEnd(run, channel).then(() => {
      cells.warm(performance.now() - began);
      garbage.collectGrown();
      if (--jobs === 0 && stuck) leave();
    });
    running = { run, ended };
  }
  // The server is gone: nobody waits for the job that may still run, and nothing of it may stay.
  running?.run.stop();
  await running?.ended;
  leave();
}

async function connect(folder: string): Promise<Deno.Conn> {
  try {
    return await Deno.connect({ transport: "unix", path: join(folder, "socket") });
  } catch (thrown) {
    removeIfThere(folder); // the server is gone already
    throw thrown;
  }
}

type EngineChannel = Channel<FromEngine, ToEngine>;

function listenerOf(channel: EngineChannel): JobListener {
  let told = 0;
  const tell = (message: FromEngine) => {
    channel.send(message).catch(() => {}); // the reading loop sees the end, too
  };
  return {
    progress(progress: JobProgress) {
      const now = performance.now();
      if (now - told < PROGRESS_EVERY && progress.done < progress.total) return;
      told = now;
      tell({ type: "progress", progress });
    },
    log: (lines) => tell({ type: "log", lines }),
    formula: (source) => tell({ type: "formula", source }),
    publish: (publication) => tell({ type: "publish", publication }),
  };
}

async function tellEnd(run: JobRun, channel: EngineChannel): Promise<void> {
  let message: JobEnd;
  try {
    message = { type: "done", answer: await runStep(run, run.plan), resident: 0 };
  } catch (thrown) {
    message = { type: "failed", error: ServiceError.from(thrown).toRecord(), resident: 0 };
  }
  message.resident = Deno.memoryUsage().rss;
  const sent = channel.send(message).catch(() => {}); // the reading loop sees the end, too
  run.close();
  await sent;
  run.removeReplaced();
}

import type { CellKeeper } from "../workers/cell_handle.ts";

/** Folders below an engine's own. */
export interface EngineFolders {
  /**
   * Where snapshots of formulas lie. Threads may read below it; no formula knows its name, which is random, and none may
   * list the folder above.
   */
  snapshots: string;
  /** Those of jobs. */
  jobs: string;
}

/** What an engine starts with. */
export interface EngineStart {
  folder: string;
  folders: EngineFolders;
  /** `HOST:PORT` of the HTTP servers that jobs may read from. */
  hosts: string[];
  token: string;
  cells: CellKeeper;
}

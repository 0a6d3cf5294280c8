/** A worker that has read nothing before: reads some columns of a file, in their order. */
import { OpenFile } from "./files.ts";

self.addEventListener("message", ({ data: { path, names } }: MessageEvent) => {
  try {
    using open = new OpenFile(path);
    self.postMessage(names.map((name: string) => open.column(name)));
  } catch (thrown) {
    self.postMessage(thrown instanceof Error ? thrown.message : String(thrown));
  }
});

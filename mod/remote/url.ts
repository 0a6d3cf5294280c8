import { basename } from "@std/path";

/** Whether a file of a dataset is named by its address on an HTTP server, not by a path. */
export function isUrl(name: string): boolean {
  return /^https?:\/\//i.test(name);
}

/** A file's own name for messages. Of a URL it leaves out what may be secret: user and query. */
export function fileName(path: string): string {
  if (!isUrl(path)) return basename(path);
  const { pathname, host } = new URL(path);
  return pathname.endsWith("/") ? host : basename(pathname);
}

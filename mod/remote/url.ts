import { basename } from "@std/path";

/** Whether a file of a dataset is named by a URL. */
export function isUrl(name: string): boolean {
  return /^https?:\/\//i.test(name);
}

/** A file's name for messages. It leaves out the parts of a URL that may be secret: user and query. */
export function fileName(path: string): string {
  if (!isUrl(path)) return basename(path);
  const { pathname, host } = new URL(path);
  return pathname.endsWith("/") ? host : basename(pathname);
}

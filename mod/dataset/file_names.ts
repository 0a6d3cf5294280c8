import { isUrl } from "../remote/url.ts";

/**
 * What the files of a dataset are called: their paths from the folder on that holds all of them, so that they are the
 * same on each machine and no two are alike. Files on HTTP servers have names of their own, without user and query.
 */
export function fileNames(paths: readonly string[]): string[] {
  const [local, remote] = [false, true].map((remote) =>
    fromCommonFolder(paths.filter((path) => isUrl(path) === remote).map(partsOf))
  ) as [string[], string[]];
  let locals = 0, remotes = 0;
  return paths.map((path) => isUrl(path) ? remote[remotes++]! : local[locals++]!);
}

function partsOf(path: string): string[] {
  if (!isUrl(path)) return path.split("/");
  const { host, pathname } = new URL(path);
  return [host, ...pathname.split("/").slice(1).map(decoded)];
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text; // a name may have a per cent sign of its own
  }
}

function fromCommonFolder(paths: string[][]): string[] {
  const [first] = paths;
  if (first === undefined) return [];
  let common = first.length - 1;
  for (const parts of paths) {
    common = Math.min(common, parts.length - 1);
    for (let k = 0; k < common; k++) if (parts[k] !== first[k]) common = k;
  }
  return paths.map((parts) => parts.slice(common).join("/"));
}

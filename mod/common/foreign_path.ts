/** The hint of an error about a path in the notation of another system or a shell; empty for any other path. */
export function foreignPathHint(name: string): string {
  if (/(^|\/)[a-z]:([\\/]|$)/i.test(name) || name.startsWith("\\\\")) {
    return "; that is a path of Windows: write it as the service's machine has it, with /, under a root";
  }
  if (name.includes("\\")) return `; folders are divided by /: ${name.replaceAll("\\", "/")}`;
  if (/(^|\/)~(\/|$)/.test(name)) return "; ~ is for shells: write the path of the folder";
  return "";
}

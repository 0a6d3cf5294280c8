/** What an error adds for a path that is written as another system, or a shell, has it; nothing for any other. */
export function foreignPathHint(name: string): string {
  if (/(^|\/)[a-z]:([\\/]|$)/i.test(name) || name.startsWith("\\\\")) {
    return "; that is a path of Windows: write it as the service's machine has it, with /, under a root";
  }
  if (name.includes("\\")) return `; folders are divided by /: ${name.replaceAll("\\", "/")}`;
  if (/(^|\/)~(\/|$)/.test(name)) return "; ~ is for shells: write the path of the folder";
  return "";
}

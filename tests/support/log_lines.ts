/** Lines of a service's log but for what it tells of its own start and stop. */
export function eventsIn(stderr: string): string[] {
  return stderr.split("\n").filter((line) =>
    line !== "" && !/"level":"info","part":"service"/.test(line)
  );
}

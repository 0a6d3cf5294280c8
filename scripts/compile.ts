/** `denow task compile`: makes dist/tcp_server. */
import { compile } from "./binary.ts";

try {
  await compile();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  Deno.exit(1);
}

/** The certificates that tests of TLS use; `tls/README.md` says how they are made. */
import { fromFileUrl } from "@std/path";

/** Path of a certificate or a key, by its file's name. */
export const certificatePath = (name: string): string =>
  fromFileUrl(new URL(`tls/${name}`, import.meta.url));

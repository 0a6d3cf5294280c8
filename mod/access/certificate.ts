import { SettingsError } from "../common/errors.ts";

/** The certificate that a service uses for TLS, in PEM. */
export interface Certificate {
  /** The certificate, followed by the intermediate ones. */
  cert: string;
  key: string;
}

/**
 * Reads a certificate and its private key.
 *
 * @throws {SettingsError} when a file can't be read or has other contents, and when the two don't match
 */
export function readCertificate(certFile: string, keyFile: string): Certificate {
  const certificate = { cert: read("tls-cert", certFile), key: read("tls-key", keyFile) };
  try {
    // Who is to use the two is the one to judge them.
    Deno.listenTls({ hostname: "127.0.0.1", port: 0, ...certificate }).close();
  } catch (error) {
    throw new SettingsError(
      `the certificate of tls-cert ${certFile} and the key of tls-key ${keyFile} can't be used: ` +
        `${reasonOf(error)} (wanted: a certificate and its unencrypted private key, in PEM)`,
    );
  }
  return certificate;
}

function read(name: string, path: string): string {
  try {
    return Deno.readTextFileSync(path);
  } catch (error) {
    const reason = error instanceof Deno.errors.NotFound ? "it doesn't exist" : reasonOf(error);
    throw new SettingsError(`the file ${path} of ${name} can't be read: ${reason}`);
  }
}

function reasonOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

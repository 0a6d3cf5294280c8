/** What makes a browser save a reply under a name: `Content-Disposition`, as RFC 6266 and RFC 8187 have it. */
export function attachment(name: string): string {
  const plain = name.replace(/[^ !#-$&-[\]-~]/g, "_"); // for programs that read no other
  const escaped = encodeURIComponent(name.toWellFormed())
    .replace(/['()*]/g, (sign) => `%${sign.charCodeAt(0).toString(16).toUpperCase()}`);
  return `attachment; filename="${plain}"; filename*=UTF-8''${escaped}`;
}

import { assertEquals, assertRejects, assertThrows } from "@std/assert";
import { expandBase } from "../../mod/base.ts";
import { ServiceError } from "../../mod/common/errors.ts";
import { Roots } from "../../mod/system/roots.ts";

/** A folder with two roots and things inside and outside of them. */
async function withTree(check: (tree: string) => void | Promise<void>): Promise<void> {
  const tree = Deno.realPathSync(await Deno.makeTempDir());
  try {
    for (const folder of ["one/sub", "two", "outside/inner", "one-more"]) {
      Deno.mkdirSync(`${tree}/${folder}`, { recursive: true });
    }
    const files = [
      "one/data.parquet",
      "one/sub/deep.parquet",
      "two/other.parquet",
      "outside/secret",
      "one-more/near",
    ];
    for (const file of files) Deno.writeTextFileSync(`${tree}/${file}`, "");
    await check(tree);
  } finally {
    await Deno.remove(tree, { recursive: true });
  }
}

function assertCode(code: string, act: () => unknown) {
  assertEquals(assertThrows(act, ServiceError).code, code);
}

Deno.test("folders and files under a root are found by their real paths", () =>
  withTree((tree) => {
    const roots = new Roots([`${tree}/one`, `${tree}/two`]);
    assertEquals(roots.directory(`${tree}/one`), `${tree}/one`);
    assertEquals(roots.directory(`${tree}/one/`), `${tree}/one`);
    assertEquals(roots.directory("."), `${tree}/one`);
    assertEquals(roots.directory("sub"), `${tree}/one/sub`);
    assertEquals(roots.directory("sub/.."), `${tree}/one`);
    assertEquals(roots.directory("../two"), `${tree}/two`);
    assertEquals(roots.directory(`${tree}/two`), `${tree}/two`);
    const directory = roots.directory(".");
    const file = (name: string) => roots.file(directory, name, "BASE_NOT_FOUND");
    assertEquals(file("data.parquet"), `${tree}/one/data.parquet`);
    assertEquals(file("sub/deep.parquet"), `${tree}/one/sub/deep.parquet`);
    assertEquals(file("sub/../data.parquet"), `${tree}/one/data.parquet`);
    assertEquals(file("../two/other.parquet"), `${tree}/two/other.parquet`);
    assertEquals(file(`${tree}/two/other.parquet`), `${tree}/two/other.parquet`);
  }));

Deno.test("a root that is a link stands for what it leads to", () =>
  withTree((tree) => {
    Deno.symlinkSync(`${tree}/one`, `${tree}/link`);
    const roots = new Roots([`${tree}/link`]);
    assertEquals(roots.directories, [`${tree}/one`]);
    assertEquals(roots.directory(`${tree}/link/sub`), `${tree}/one/sub`);
  }));

Deno.test("links that stay under a root are followed, and links out of it are not", () =>
  withTree((tree) => {
    const roots = new Roots([`${tree}/one`]);
    Deno.symlinkSync("sub", `${tree}/one/inside`);
    Deno.symlinkSync(`${tree}/outside`, `${tree}/one/out`);
    Deno.symlinkSync("../outside/secret", `${tree}/one/secret.parquet`);
    Deno.symlinkSync(`${tree}/outside/not-there`, `${tree}/one/dangling`);
    Deno.symlinkSync("not-there-either", `${tree}/one/dangling-inside`);
    Deno.symlinkSync("loop", `${tree}/one/loop`);
    assertEquals(roots.directory("inside"), `${tree}/one/sub`);
    assertEquals(
      roots.file(`${tree}/one`, "inside/deep.parquet", "BASE_NOT_FOUND"),
      `${tree}/one/sub/deep.parquet`,
    );
    const forbidden = [
      "out",
      "out/inner",
      "out/not-there",
      "out/../outside",
      "dangling",
      "dangling/more",
    ];
    for (const name of forbidden) assertCode("FORBIDDEN_PATH", () => roots.directory(name));
    for (const name of ["secret.parquet", "out/secret", "out/none", "dangling"]) {
      assertCode("FORBIDDEN_PATH", () => roots.file(`${tree}/one`, name, "BASE_NOT_FOUND"));
    }
    // After a link `..` is the parent of where it leads, which for `inside` lies under the root.
    assertEquals(roots.directory("inside/.."), `${tree}/one`);
    assertCode("BASE_NOT_FOUND", () => roots.directory("dangling-inside"));
    assertCode("BASE_NOT_FOUND", () => roots.directory("loop"));
  }));

Deno.test("paths outside the roots get the same error, whether they exist or not", () =>
  withTree((tree) => {
    const roots = new Roots([`${tree}/one`]);
    const message = (name: string) => {
      const error = assertThrows(() => roots.directory(name), ServiceError);
      assertEquals(error.code, "FORBIDDEN_PATH", name);
      return error.message.replaceAll(name, "NAME");
    };
    const messages = [
      "/etc",
      "/etc/not-there",
      "/not-there/at/all",
      "/",
      "..",
      "../outside",
      "../outside/inner",
      "../outside/not-there",
      "../outside/secret/as-folder",
      "../one-more",
      `${tree}/one-more`,
      `${tree}/one/../outside`,
      `${tree}/one/../not-there`,
      "../../../../../../../../etc",
    ].map(message);
    assertEquals(new Set(messages).size, 1);
    for (
      const name of ["../outside/secret", "../outside/none", "/etc/passwd", "../one-more/near"]
    ) {
      assertCode("FORBIDDEN_PATH", () => roots.file(`${tree}/one`, name, "FORMULA_NOT_FOUND"));
    }
  }));

Deno.test("a path through outside folders reveals nothing about them", () =>
  withTree((tree) => {
    const roots = new Roots([`${tree}/one`, `${tree}/two`]);
    const refused = (act: () => unknown, name: string) => {
      const error = assertThrows(act, ServiceError);
      return `${error.code} ${error.message.replaceAll(name, "NAME")}`;
    };
    const pairs: [there: string, missing: string][] = [
      ["../outside/../one", "../outsidf/../one"],
      ["../outside/inner/../../one/sub", "../outside/none/../../one/sub"],
      ["../outside/secret/../../one", "../outside/none/../../one"],
      [`${tree}/outside/../one`, `${tree}/none/../one`],
      ["/etc/..//../" + `${tree}/one`, "/none/..//../" + `${tree}/one`],
      ["sub/../../outside/../two", "sub/../../none/../two"],
    ];
    for (const names of pairs) {
      const [there, missing] = names.map((name) => refused(() => roots.directory(name), name));
      assertEquals(there, missing);
      assertEquals(there!.slice(0, 14), "FORBIDDEN_PATH");
    }
    assertEquals(roots.directory("../one/../two/../one/sub"), `${tree}/one/sub`);
    assertEquals(roots.directory("../../" + tree.split("/").at(-1) + "/two"), `${tree}/two`);
  }));

Deno.test("a dataset's name reveals nothing about what lies outside", () =>
  withTree(async (tree) => {
    const roots = new Roots([`${tree}/one`]);
    Deno.writeTextFileSync(`${tree}/outside/a[1].parquet`, "");
    Deno.writeTextFileSync(`${tree}/outside/b.parquet`, "");
    const pairs: [there: string, missing: string][] = [
      ["../outside", "../none"],
      ["../outside/b.parquet", "../outside/c.parquet"],
      ["../outside/*.parquet", "../none/*.parquet"],
      ["../outside/a[1].parquet", "../outside/a[2].parquet"],
      ["../outside/../one/data.parquet", "../none/../one/data.parquet"],
      [`${tree}/outside`, `${tree}/none`],
    ];
    for (const names of pairs) {
      const [there, missing] = await Promise.all(names.map(async (name) => {
        const error = await assertRejects(
          () => expandBase(roots, `${tree}/one`, name),
          ServiceError,
        );
        assertEquals(error.code, "FORBIDDEN_PATH");
        return error.message.replaceAll(name, "NAME");
      }));
      assertEquals(there, missing);
    }
  }));

Deno.test("the error code of a missing path tells what was expected there", () =>
  withTree((tree) => {
    const roots = new Roots([`${tree}/one`]);
    for (const name of ["none", "none/more", "none/../../outside", "data.parquet", "a\0b"]) {
      assertCode("BASE_NOT_FOUND", () => roots.directory(name));
    }
    for (const code of ["BASE_NOT_FOUND", "FORMULA_NOT_FOUND"] as const) {
      for (const name of ["none", "data.parquet/x", "sub/none", "x".repeat(300)]) {
        assertCode(code, () => roots.file(`${tree}/one`, name, code));
      }
    }
    assertCode("BAD_REQUEST", () => roots.directory("a/".repeat(3000)));
  }));

Deno.test("a folder or a device is not accepted as a file", () =>
  withTree((tree) => {
    const roots = new Roots([`${tree}/one`, "/dev"]);
    const folder = assertThrows(
      () => roots.file(`${tree}/one`, "sub", "BASE_NOT_FOUND"),
      ServiceError,
      "is a folder",
    );
    assertEquals(folder.code, "BASE_NOT_FOUND");
    assertThrows(
      () => roots.file("/dev", "null", "FORMULA_NOT_FOUND"),
      ServiceError,
      "no regular file",
    );
  }));

Deno.test("a root must be an existing folder", () =>
  withTree((tree) => {
    assertThrows(() => new Roots([`${tree}/none`]), ServiceError, "not an existing folder");
    assertThrows(() => new Roots([`${tree}/one/data.parquet`]), ServiceError, "existing folder");
    assertThrows(() => new Roots([]), ServiceError, "at least one root");
    assertEquals(new Roots(["/"]).directory(`${tree}/one`), `${tree}/one`);
  }));

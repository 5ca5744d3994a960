// The entries, as files: what they export, and what else is in `dist/`.

import { readdirSync, readFileSync } from "node:fs";
import { SourceMap } from "node:module";
import { dirname, join } from "node:path";

import { expect, test, vi } from "vitest";

const files = readdirSync("dist", { recursive: true, encoding: "utf8" });
const scripts = files.filter((file) => file.endsWith(".js")).map((file) => join("dist", file));

/** What a script imports, and what that imports, without waiting for `import()`. */
function together(script: string, found = new Set<string>()): Set<string> {
  if (found.has(script)) return found;
  found.add(script);
  for (const [, name] of readFileSync(script, "utf8").matchAll(/^(?:import|export)?[^"\n]*\bfrom "(\.[^"]+)";$/gm)) together(join(dirname(script), name!), found);
  return found;
}

test("everstream, inline and slim export the same", async () => {
  const names = async (entry: Promise<object>) => Object.keys(await entry).sort();
  const whole = await names(import("everstream"));
  expect(await names(import("everstream/inline"))).toEqual(whole);
  expect(await names(import("everstream/slim"))).toEqual(whole);
});

test("everstream/inline has the bytes, and nothing of it is loaded later; everstream/slim has none", () => {
  const texts = (entry: string) => [...together(`dist/${entry}.js`)].map((script) => readFileSync(script, "utf8")).join("");
  const isLoadedLater = /\bimport\(/;
  const bytes = /[A-Za-z0-9+/]{9000}/;
  expect(texts("index")).toMatch(isLoadedLater);
  expect(texts("index")).not.toMatch(bytes);
  expect(texts("inline")).not.toMatch(isLoadedLater);
  expect(texts("inline")).toMatch(bytes);
  expect(texts("slim")).not.toMatch(isLoadedLater);
  expect(texts("slim")).not.toMatch(bytes);
});

test("everstream/inline opens a source", async () => {
  vi.resetModules();
  const { EventSource } = await import("everstream/inline");
  const source = new EventSource("http://127.0.0.1:1/events", { retry: { max: 0 } });
  await vi.waitFor(() => expect(source.state.name).toBe("closed"));
  // What stands in where there is no core would have said so.
  expect(source.transport).toMatchObject({ name: "fetch", reason: "no-eventsource" });
});

test("the hooks for React are for the client, as the first line says", () => {
  for (const script of scripts) expect(readFileSync(script, "utf8").startsWith('"use client";\n')).toBe(script === join("dist", "react.js"));
});

test("each script with text of ours has a source map, in which every line is where it was", () => {
  for (const script of scripts) {
    const text = readFileSync(script, "utf8");
    const [, name] = /\n\/\/# sourceMappingURL=(.+)\n$/.exec(text) ?? [];
    if (!name) {
      expect(text, script).toMatch(/^\/\/ js\/generated\/|^(\s|(import|export) \{[^}]*\}( from "[^"]+")?;)*$/);
      continue;
    }
    const payload = JSON.parse(readFileSync(join(dirname(script), name), "utf8"));
    const map = new SourceMap(payload);
    const [same, other]: [string[], string[]] = [[], []];
    text.split("\n").forEach((line, index) => {
      for (const { 0: word, index: column } of line.matchAll(/\b[a-zA-Z]{4,}\b/g)) {
        const entry = map.findEntry(index, column);
        if (!("originalLine" in entry) || entry.generatedLine !== index || entry.generatedColumn !== column) continue;
        const source: string = payload.sourcesContent[payload.sources.indexOf(entry.originalSource)];
        const isSame = source.split("\n")[entry.originalLine]!.slice(entry.originalColumn).startsWith(word);
        (isSame ? same : other).push(word);
      }
    });
    // A few words are the compiler's.
    expect(same.length, `${script}: ${same.length} words are where they were, not: ${other.join(" ")}`).toBeGreaterThan(other.length * 4);
  }
});

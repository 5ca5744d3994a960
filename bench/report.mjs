// The table of the README.

import { readFileSync, writeFileSync } from "node:fs";

const MARKS = ["<!-- speed -->\n", "<!-- /speed -->"];

/** Puts the figures of a run between the marks. */
export function table(readme, { parsing, burst }) {
  const [before, rest] = readFileSync(readme, "utf8").split(MARKS[0]);
  const after = rest.slice(rest.indexOf(MARKS[1]));
  writeFileSync(readme, `${before}${MARKS[0]}${markdown([...parsing, ...burst])}${after}`);
}

/** A row for each workload: who is measured against whom, and how often it fits into the other's time. */
function markdown(rows) {
  const lines = ["| stream | against | everstream | `&str` in Rust, or serde |", "|---|---|---|---|"];
  for (const workload of new Set(rows.map((row) => row.workload))) {
    const own = rows.filter((row) => row.workload === workload);
    const cell = (wanted) => {
      const row = own.find(({ name }) => wanted.test(name));
      return row ? `${row.ratio.median.toFixed(2)} (${row.ratio.low.toFixed(2)}–${row.ratio.high.toFixed(2)})` : "";
    };
    lines.push(`| ${workload} | ${own[0].name}, ${own[0].nanoseconds.toFixed(0)} ns | ${cell(/^everstream(, one type by name|, heard by nobody)?$/)} | ${cell(/Rust|serde/)} |`);
  }
  return `${lines.join("\n")}\n`;
}

// A table for whoever reads the output of the tests.

/** Prints rows, which are objects with the same keys, under the names of the keys. */
export function printTable(rows) {
  if (rows.length === 0) return;
  const names = Object.keys(rows[0]);
  const lines = [names, ...rows.map((row) => names.map((name) => String(row[name])))];
  const widths = names.map((_, column) => Math.max(...lines.map((line) => line[column].length)));
  const print = (line) => {
    // Words to the left, numbers to the right.
    const cells = line.map((cell, column) => (column === 0 ? cell.padEnd(widths[column]) : cell.padStart(widths[column])));
    console.log(cells.join("  ").trimEnd());
  };
  lines.forEach(print);
}

/** The same for a README. */
export function markdownTable(rows) {
  const names = Object.keys(rows[0]);
  const line = (cells) => `| ${cells.join(" | ")} |`;
  return [names, names.map(() => "---"), ...rows.map((row) => names.map((name) => row[name]))].map(line).join("\n");
}

// What urls and headers say.

/** The url with the id as a parameter of its query, in place of one of that name. Nothing else is touched: it may be signed. */
export function resumed(url: string, name: string, id: string): string {
  const [, path, query = "", fragment] = /^([^?#]*)(\?[^#]*)?(.*)$/s.exec(url)!;
  const others = query.length > 1 ? query.slice(1).split("&").filter((part) => !new URLSearchParams(part).has(name)) : [];
  return `${path}?${[...others, new URLSearchParams([[name, id]])].join("&")}${fragment}`;
}

/** RFC 9110, 10.2.3, in milliseconds: seconds, or a date by the server's clock. NaN, or less than nothing, says nothing. */
export function retryAfter(headers: Headers, now: number): number {
  const exact = parseFloat(headers.get("retry-after-ms")!);
  if (exact >= 0) return exact;
  const value = headers.get("retry-after") || NaN;
  const seconds = Number(value);
  return isNaN(seconds) ? Date.parse(value as string) - (Date.parse(headers.get("date")!) || now) : seconds * 1000;
}

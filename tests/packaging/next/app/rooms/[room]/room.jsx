"use client";

import { memo, useEffect } from "react";

import { seen } from "../../../seen.js";

/** What takes 5 ms to draw. */
const Slow = memo(function Slow({ text }) {
  if (typeof document === "object") for (const end = performance.now() + 5; performance.now() < end; );
  return <i>{text}</i>;
});

/** What takes 100 ms. */
export function Room({ name }) {
  useEffect(() => {
    (seen.rooms ??= []).push({ name, took: performance.now() - seen.left });
  }, [name]);
  return <main>{Array.from({ length: 20 }, (_, at) => <Slow key={at} text={name} />)}</main>;
}

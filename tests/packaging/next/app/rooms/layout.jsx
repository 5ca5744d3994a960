"use client";

import { useEffect, useState } from "react";
import { useEventSource } from "everstream/react";
import { useRouter } from "next/navigation";

import { options, seen, sawEvent, sawState } from "../../seen.js";

/** Streams beside every page. */
export default function Layout({ children }) {
  const [feed, setFeed] = useState(null);
  useEffect(() => setFeed(new URLSearchParams(location.search).get("feed")), []);
  const { latest } = useEventSource(feed, {
    ...options,
    batch: "none",
    onEvent: sawEvent,
    onStateChange: (state, source) => sawState(state, source.transport),
  });
  const { push } = useRouter();
  const go = (room) => {
    seen.left = performance.now();
    push(`/rooms/${room}`);
  };
  return (
    <>
      <p id="latest">{latest?.data}</p>
      {["one", "two", "three"].map((room) => (
        <button key={room} id={room} onClick={() => go(room)} />
      ))}
      {children}
    </>
  );
}

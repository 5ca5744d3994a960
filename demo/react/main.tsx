// A feed in React 19, under StrictMode.

import type { Message } from "everstream";
import { useEventSource } from "everstream/react";
import { StrictMode, useState } from "react";
import { createRoot } from "react-dom/client";

import { feedOf, reason, steerable } from "../shared/feed.js";

const feed = feedOf(location.search, location.href);

interface Shown {
  count: number;
  latest: Message[];
}

function remember({ count, latest }: Shown, message: Message): Shown {
  return { count: count + 1, latest: [message, ...latest].slice(0, 8) };
}

function Feed() {
  feed.seen.renders++;
  const [url, setUrl] = useState(feed.url);
  steerable({ setUrl });
  const { state, value, pause, resume, reconnect, close } = useEventSource<Record<string, string>, Shown>(url, {
    ...feed.options,
    events: feed.types,
    initial: { count: 0, latest: [] },
    reducer: remember,
    onEvent: (message, source) => feed.received(message, source),
    onStateChange: (state, source) => feed.changed(state, source),
  });
  const steer = { pause, resume, reconnect, close };
  return (
    <section className="card" data-state={state.name}>
      <div className="state">
        <span className="dot" aria-hidden="true" />
        <p className="words" role="status">
          <strong>{state.name}</strong> {reason(state)}
        </p>
      </div>
      <div className="buttons" role="group" aria-label="Steer the source">
        {Object.entries(steer).map(([name, act]) => (
          <button key={name} id={name} type="button" onClick={act}>
            {name}
          </button>
        ))}
      </div>
      <p>
        {value.count} events, {feed.seen.lost} lost, {feed.seen.doubled} doubled, {feed.seen.renders} renders
      </p>
      <ul>
        {value.latest.map(({ id, type, data }, at) => (
          <li key={`${id} ${at}`}>
            {id} {type} <code>{data.slice(0, 80)}</code>
          </li>
        ))}
      </ul>
    </section>
  );
}

const root = createRoot(document.querySelector("main")!);
const show = (isShown: boolean) => root.render(<StrictMode>{isShown && <Feed />}</StrictMode>);
steerable({ show });
show(true);

// A feed in Vue 3.

import type { Message } from "everstream";
import { useEventSource } from "everstream/vue";
import { createApp, defineComponent, h, ref } from "vue";

import { feedOf, reason, steerable } from "../shared/feed.js";

const feed = feedOf(location.search, location.href);

interface Shown {
  count: number;
  latest: Message[];
}

const Feed = defineComponent(() => {
  const url = ref(feed.url);
  steerable({ setUrl: (next) => (url.value = next) });
  const { state, value, ...steer } = useEventSource<Record<string, string>, Shown>(url, {
    ...feed.options,
    events: feed.types,
    initial: { count: 0, latest: [] },
    reducer: ({ count, latest }, message) => ({ count: count + 1, latest: [message, ...latest].slice(0, 8) }),
    onEvent: (message, source) => feed.received(message, source),
    onStateChange: (state, source) => feed.changed(state, source),
  });
  const buttons = (["pause", "resume", "reconnect", "close"] as const).map((name) =>
    h("button", { id: name, type: "button", onClick: steer[name] }, name),
  );
  return () => {
    feed.seen.renders++;
    return h("section", { class: "card", "data-state": state.value.name }, [
      h("div", { class: "state" }, [
        h("span", { class: "dot", "aria-hidden": "true" }),
        h("p", { class: "words", role: "status" }, [h("strong", state.value.name), " ", reason(state.value)]),
      ]),
      h("div", { class: "buttons", role: "group", "aria-label": "Steer the source" }, buttons),
      h("p", `${value.value.count} events, ${feed.seen.lost} lost, ${feed.seen.doubled} doubled, ${feed.seen.renders} renders`),
      h(
        "ul",
        value.value.latest.map(({ id, type, data }) => h("li", [id, " ", type, " ", h("code", data.slice(0, 80))])),
      ),
    ]);
  };
});

const isShown = ref(true);
steerable({ show: (shown) => (isShown.value = shown) });
createApp(defineComponent(() => () => isShown.value && h(Feed))).mount("main");

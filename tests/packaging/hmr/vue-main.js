import { createPinia } from "pinia";
import { createApp } from "vue";

import Feed from "./Feed.vue";
import { seen } from "./seen.js";

import.meta.hot.on("vite:afterUpdate", () => (seen.updates = (seen.updates ?? 0) + 1));
createApp(Feed).use(createPinia()).mount("#root");

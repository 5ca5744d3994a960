import { StrictMode } from "react";
import { createRoot } from "react-dom/client";

import { Feed } from "./Feed.jsx";
import { seen } from "./seen.js";

import.meta.hot.on("vite:afterUpdate", () => (seen.updates = (seen.updates ?? 0) + 1));
createRoot(document.getElementById("root")).render(
  <StrictMode>
    <Feed />
  </StrictMode>,
);

// @vitest-environment jsdom

// Routers, whose pages come in transitions, with a stream in the layout and on the pages.

import { createMemoryHistory, createRootRoute, createRoute, createRouter, Outlet as TanStackOutlet, RouterProvider as TanStackProvider } from "@tanstack/react-router";
import { createMemoryRouter, Outlet, RouterProvider } from "react-router";
import { beforeEach, expect, test, vi } from "vitest";

import { Feed, opened, Page, place, root, streaming, world } from "./transitions-stage.js";

beforeEach(() => void vi.stubGlobal("scrollTo", () => {}));

const PAGES = ["one", "two", "three"];

/** A page that streams what the layout does, and takes 100 ms to draw. */
function streamingPage(name: string) {
  return () => (
    <main>
      <Feed />
      <Page name={name} />
    </main>
  );
}

/** What draws the pages, and what goes to one of them. */
type Made = [app: React.ReactElement, go: (page: string) => void];

const routers: Record<string, () => Made> = {
  "React Router": () => {
    const Layout = () => <><Feed /><Outlet /></>;
    const children = PAGES.map((page) => ({ path: page, Component: streamingPage(page) }));
    const router = createMemoryRouter([{ path: "/", Component: Layout, children }]);
    return [<RouterProvider router={router} />, (page) => void router.navigate(`/${page}`)];
  },
  "TanStack Router": () => {
    const layout = createRootRoute({ component: () => <><Feed /><TanStackOutlet /></> });
    const children = PAGES.map((page) => createRoute({ getParentRoute: () => layout, path: page, component: streamingPage(page) }));
    const index = createRoute({ getParentRoute: () => layout, path: "/", component: () => null });
    const history = createMemoryHistory({ initialEntries: ["/"] });
    const router = createRouter({ routeTree: layout.addChildren([index, ...children]), history });
    return [<TanStackProvider router={router as never} />, (page) => void router.navigate({ to: `/${page}` as never })];
  },
};

test.each(Object.keys(routers))("%s: a change of the route is not held up, and nobody connects anew", { timeout: 30_000 }, async (name) => {
  const [app, go] = routers[name]!();
  root.render(app);
  const request = await opened();
  for (const page of PAGES) {
    go(page);
    const took = await streaming(request, () => place.querySelectorAll("i").length === 20 && place.querySelector("i")!.textContent === page);
    // It is React's own limit of 5 s where it is.
    expect(took).toBeLessThan(3_000);
  }
  await streaming(request, () => new Set([...place.querySelectorAll("output")].map(({ textContent }) => textContent)).size === 1);
  expect([place.querySelectorAll("output").length, world.requests.length]).toEqual([2, 1]);
});

// As in docs/builds.md.
export default {
  root: "page",
  server: {
    proxy: {
      "/events": {
        target: process.env.TARGET,
        configure: (proxy) => proxy.on("proxyRes", (from, _request, to) => from.on("close", () => to.destroy())),
      },
    },
  },
};

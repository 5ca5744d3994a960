// What the tests need from outside, and where it is.

import { existsSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const root = dirname(dirname(dirname(dirname(fileURLToPath(import.meta.url)))));

/**
 * Paths of the built page, the server, and a browser with its driver: Chromium, or `firefox` or `webkit` where
 * `EVERSTREAM_BROWSER` says so. Throws one sentence if something is missing.
 */
export function environment() {
  return {
    site: found("EVERSTREAM_SITE", join(root, "target", "site"), "the built page"),
    server: found("EVERSTREAM_SERVER", join(root, "target", "debug", "demo-server"), "the demo server"),
    ...browserAndDriver(),
  };
}

/** A browser and its driver. */
export function browserAndDriver() {
  const { EVERSTREAM_BROWSER: name = "chromium" } = process.env;
  return { firefox, webkit }[name]?.() ?? chromium();
}

function chromium() {
  return {
    chromedriver: found("CHROMEDRIVER", "/usr/bin/chromedriver", "the WebDriver server of Chromium"),
    chrome: found("CHROME", "/usr/bin/chromium", "the browser"),
  };
}

function firefox() {
  return {
    geckodriver: found("GECKODRIVER", "/usr/bin/geckodriver", "the WebDriver server of Firefox"),
    firefox: found("FIREFOX", "/usr/bin/firefox-esr", "the browser"),
  };
}

function webkit() {
  return {
    webkitdriver: found("WEBKITDRIVER", "/usr/bin/WebKitWebDriver", "the WebDriver server of WebKitGTK"),
    webkit: found("WEBKIT", `/usr/lib/${process.arch === "arm64" ? "aarch64" : "x86_64"}-linux-gnu/webkit2gtk-4.1/MiniBrowser`, "the browser"),
    xvfb: found("XVFB", "/usr/bin/Xvfb", "a display that nobody sees"),
  };
}

function found(variable, fallback, what) {
  const path = process.env[variable] || fallback;
  if (!existsSync(path)) throw new Error(`There is no ${path}: set ${variable} to the path of ${what}, or run npm test.`);
  return path;
}

module.exports = { mode: "production", entry: "./main.js", output: { path: `${__dirname}/dist`, filename: "main.js", publicPath: "auto" }, stats: "errors-warnings" };

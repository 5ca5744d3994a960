import { feedOf } from "../shared/feed.js";
import { read } from "./read.js";

const feed = feedOf(location.search, location.href);
const steer = read(feed);
onmessage = ({ data }) => steer(data as string);
setInterval(() => postMessage(feed.seen), 50);

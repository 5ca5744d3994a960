import { follow } from "../follow.js";
import { feed } from "../seen.js";

follow(feed);

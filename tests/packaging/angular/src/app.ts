import { afterNextRender, Component, signal } from "@angular/core";

import { follow } from "../follow.js";
import { feed } from "../seen.js";

@Component({ selector: "app-root", template: '<p id="state">{{ state() }}</p>' })
export class App {
  readonly state = signal("idle");

  constructor() {
    afterNextRender(() => {
      const source = follow(feed);
      source.addEventListener("statechange", () => this.state.set(source.state.name));
    });
  }
}

// The list of commands that fit what is typed, with arrow keys.

import { make } from "/static/message.js";

export function suggestions(field, box, commands, choose) {
  let chosen = 0;
  let shown = [];

  function close() {
    box.hidden = true;
    shown = [];
  }

  function draw() {
    box.replaceChildren(...shown.map((command, index) => {
      const row = make("button");
      row.type = "button";
      row.setAttribute("role", "option");
      row.setAttribute("aria-selected", String(index === chosen));
      row.append(make("b", "", `/${command.command}`), make("span", "", command.description));
      row.addEventListener("click", () => choose(`/${command.command}`));
      return row;
    }));
    box.hidden = shown.length === 0;
    box.children[chosen]?.scrollIntoView({ block: "nearest" });
  }

  function update() {
    const typed = /^\/(\w*)$/.exec(field.value);
    shown = typed ? commands().filter((command) => command.command.startsWith(typed[1].toLowerCase())) : [];
    chosen = 0;
    draw();
  }

  // True if the key was for the list.
  function key(event) {
    if (box.hidden) return false;
    if (event.key === "Escape") close();
    else if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      chosen = (chosen + (event.key === "ArrowDown" ? 1 : shown.length - 1)) % shown.length;
      draw();
    } else if (event.key === "Tab") {
      field.value = `/${shown[chosen].command} `;
      close();
    } else if (event.key === "Enter" && !event.shiftKey) choose(`/${shown[chosen].command}`);
    else return false;
    event.preventDefault();
    return true;
  }

  field.addEventListener("input", update);
  field.addEventListener("blur", () => setTimeout(close, 200));
  return { update, close, key };
}

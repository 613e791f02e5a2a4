// Formatted text as DOM nodes. Offsets of entities are UTF-16 units, which is how JavaScript counts.
// Everything from a message goes in as text nodes; nothing is ever parsed as markup.

const STYLES = { bold: "b", italic: "i", underline: "u", strikethrough: "s", code: "code" };
const CONTAINERS = new Set(["blockquote", "expandable_blockquote", "pre"]);

export function formatted(text, entities, act) {
  const root = document.createDocumentFragment();
  const sorted = [...entities].sort((a, b) => a.offset - b.offset || b.length - a.length);
  build(root, text, 0, text.length, sorted, act);
  return root;
}

function build(parent, text, from, to, entities, act) {
  let at = from;
  for (let i = 0; i < entities.length; i += 1) {
    const entity = entities[i];
    const start = Math.max(entity.offset, at);
    const end = Math.min(entity.offset + entity.length, to);
    if (start >= end) continue;
    plain(parent, text.slice(at, start));
    const rest = entities.slice(i + 1);
    const inner = rest.filter((other) => other.offset < end);
    const { outer, body } = element(entity, text.slice(start, end), act);
    build(body, text, start, end, inner, act);
    parent.append(outer);
    at = end;
    // A line break beside a block would show as an empty line.
    if (CONTAINERS.has(entity.type) && text[at] === "\n") at += 1;
  }
  plain(parent, text.slice(at, to));
}

function plain(parent, piece) {
  if (piece) parent.append(piece);
}

function element(entity, piece, act) {
  const kind = entity.type;
  if (kind in STYLES) return one(STYLES[kind]);
  if (kind === "pre") return one("pre");
  if (kind === "blockquote") return quote();
  if (kind === "expandable_blockquote") return folded();
  if (kind === "spoiler") return spoiler();
  if (kind === "date_time") return moment(entity, piece);
  if (kind === "text_link") return link(entity.url);
  if (kind === "url") return link(/^[a-z]+:\/\//i.test(piece) ? piece : `http://${piece}`);
  if (kind === "email") return link(`mailto:${piece}`);
  if (kind === "bot_command") return action(() => act(piece));
  if (["hashtag", "mention", "cashtag", "text_mention"].includes(kind)) return action(() => {});
  return one("span");
}

function one(tag) {
  const node = document.createElement(tag);
  return { outer: node, body: node };
}

function action(run) {
  const made = one("span");
  made.outer.className = "act";
  made.outer.addEventListener("click", run);
  return made;
}

function link(address) {
  const made = one("a");
  if (/^(https?|tg|ton|mailto):/i.test(address)) made.outer.href = address;
  made.outer.target = "_blank";
  made.outer.rel = "noopener noreferrer";
  made.outer.title = address;
  return made;
}

function quote() {
  const made = one("blockquote");
  made.outer.dir = "auto";
  return made;
}

function folded() {
  const outer = document.createElement("blockquote");
  outer.dir = "auto";
  const body = document.createElement("div");
  outer.className = "fold";
  outer.title = "Show all, or less";
  outer.append(body);
  outer.addEventListener("click", () => outer.classList.toggle("open"));
  return { outer, body };
}

function spoiler() {
  const made = one("span");
  made.outer.className = "spoiler";
  made.outer.title = "Show";
  made.outer.addEventListener("click", (event) => {
    if (made.outer.classList.contains("open")) return;
    event.preventDefault();
    made.outer.classList.add("open");
  }, true);
  return made;
}

// A moment is shown in the reader's own zone; without a format the sender's words stay.
function moment(entity, piece) {
  const node = document.createElement("time");
  node.className = "moment";
  const date = new Date(entity.unix_time * 1000);
  node.dateTime = date.toISOString();
  node.title = date.toLocaleString([], { dateStyle: "full", timeStyle: "long" });
  const format = entity.date_time_format || "";
  if (!format) return { outer: node, body: node };
  node.textContent = format === "r" ? relative(date) : absolute(date, format);
  node.title += ` (“${piece}” as sent)`;
  return { outer: node, body: document.createElement("span") };
}

function absolute(date, format) {
  const wanted = {};
  if (format.includes("w")) wanted.weekday = "long";
  if (format.includes("d")) Object.assign(wanted, { day: "2-digit", month: "2-digit", year: "2-digit" });
  if (format.includes("D")) Object.assign(wanted, { day: "numeric", month: "long", year: "numeric" });
  if (/t/i.test(format)) Object.assign(wanted, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  if (format.includes("T")) wanted.second = "2-digit";
  return new Intl.DateTimeFormat([], wanted).format(date);
}

function relative(date) {
  const seconds = Math.round((date - Date.now()) / 1000);
  const words = new Intl.RelativeTimeFormat([], { numeric: "auto" });
  for (const [unit, size] of [["day", 86400], ["hour", 3600], ["minute", 60]]) {
    if (Math.abs(seconds) >= size) return words.format(Math.round(seconds / size), unit);
  }
  return words.format(seconds, "second");
}

// One message as a row: bubble, picture, text, time, buttons.

import { formatted } from "/static/text.js";

export function make(tag, className, text) {
  const node = document.createElement(tag);
  if (className) node.className = className;
  if (text !== undefined) node.textContent = text;
  return node;
}

export function clock(seconds) {
  return new Date(seconds * 1000).toLocaleTimeString([], { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
}

export function tint(number) {
  return `tint${Math.abs(Number(number)) % 7}`;
}

export function initials(name) {
  const words = name.trim().split(/\s+/).filter(Boolean);
  return words.slice(0, 2).map((word) => [...word][0].toUpperCase()).join("");
}

export function avatar(node, name, number, forum) {
  node.className = `avatar ${node.classList.contains("small") ? "small " : ""}${tint(number)}${forum ? " forum" : ""}`;
  node.textContent = initials(name);
  return node;
}

const SERVICE = {
  forum_topic_created: (value) => `Topic “${value.name}” was created`,
  forum_topic_closed: () => "The topic was closed",
  forum_topic_reopened: () => "The topic was opened again",
  new_chat_members: (value) => `${value.map((user) => user.first_name).join(", ")} joined`,
  left_chat_member: (value) => `${value.first_name} left`,
  migrate_to_chat_id: () => "This group became a supergroup",
  migrate_from_chat_id: () => "The group became a supergroup",
};

export function serviceText(message) {
  for (const [name, words] of Object.entries(SERVICE)) {
    if (name in message.service) return words(message.service[name]);
  }
  return "";
}

export function summary(message) {
  const text = message.text || serviceText(message);
  const words = message.photo ? (text ? `Photo: ${text}` : "Photo") : text;
  return words.replace(/\s+/g, " ");
}

// `seat` says who looks: {mine(message), names, act(text), press(message, button, key), history(message)}.
export function messageRow(message, seat) {
  const service = serviceText(message);
  if (service) {
    const pill = make("div", "pill", service);
    pill.dataset.id = message.id;
    return pill;
  }
  const row = make("div", seat.mine(message) ? "row mine" : "row");
  row.dataset.id = message.id;
  row.dataset.sender = `${message.from_bot}:${message.sender_id}`;
  if (seat.names) row.append(avatar(make("span", "avatar"), message.sender_name, message.sender_id || message.chat_id));
  const cell = make("div", "cell");
  const bubble = make("div", "bubble");
  cell.append(bubble);
  if (seat.names && !seat.mine(message)) bubble.append(who(message));
  if (message.reply_to) bubble.append(answered(message, seat));
  if (message.photo) bubble.append(picture(message.photo, !message.text));
  const preview = previewed(message);
  if (preview?.above) bubble.append(preview.node);
  const text = make("div", endsRightToLeft(message.text) ? "text rtl" : "text");
  text.append(formatted(message.text, message.entities, seat.act), meta(message, seat));
  bubble.append(text);
  if (preview && !preview.above) bubble.append(preview.node);
  if (message.buttons.length) cell.append(keys(message, seat));
  row.append(cell);
  return row;
}

function who(message) {
  const line = make("span", "who", message.sender_name);
  if (message.from_bot) line.append(make("small", "", "bot"));
  else if (message.anonymous) line.append(make("small", "", "admin"));
  return line;
}

function answered(message, seat) {
  const original = seat.find(message.reply_to);
  const line = make("button", "answered", original ? summary(original) : "Deleted message");
  line.type = "button";
  line.addEventListener("click", () => seat.jump(message.reply_to));
  return line;
}

// Beside the last line stands the time: below it, where that line begins at its side.
function endsRightToLeft(text) {
  const line = text.trimEnd().split("\n").at(-1);
  const strong = line.match(/[\p{L}\u200e\u200f]/u);
  return Boolean(strong) && /[\u0590-\u08ff\ufb1d-\ufdff\ufe70-\ufefc\u200f]/u.test(strong[0]);
}

// Of a link's preview only pictures are shown: the page behind any other link is not fetched.
function previewed(message) {
  const options = message.options.link_preview_options;
  if (message.photo || !options?.url || options.is_disabled || !/^https?:/i.test(options.url)) return null;
  const shown = picture({ url: options.url, width: 640, height: 360 }, false);
  if (!options.prefer_small_media) return { node: shown, above: Boolean(options.show_above_text) };
  const card = make("div", "card");
  shown.classList.add("small");
  card.append(make("span", "", "Photo"), shown);
  return { node: card, above: Boolean(options.show_above_text) };
}

function picture(photo, alone) {
  const frame = make("a", alone ? "photo only" : "photo");
  frame.href = photo.url;
  frame.target = "_blank";
  frame.rel = "noopener noreferrer";
  frame.style.aspectRatio = `${photo.width} / ${photo.height}`;
  const image = make("img");
  image.alt = "Photo";
  image.loading = "lazy";
  image.referrerPolicy = "no-referrer";
  image.addEventListener("error", () => {
    frame.classList.add("lost");
    frame.replaceChildren("The picture cannot be fetched");
  });
  image.src = photo.url;
  frame.append(image);
  return frame;
}

function meta(message, seat) {
  const line = make("span", "meta");
  if (message.silent) line.append(mark("mark-mute", "Sent without a sound"));
  if (message.pinned) line.append(mark("mark-pin", "Pinned"));
  const sent = make("time", "", clock(message.date));
  sent.title = new Date(message.date * 1000).toLocaleString([], { dateStyle: "full", timeStyle: "medium" });
  line.append(sent);
  if (message.edited) {
    const edited = make("button", "edited", `edited ${clock(message.edited)}`);
    edited.type = "button";
    edited.title = "What it said before";
    edited.addEventListener("click", () => seat.history(message));
    line.append(" · ", edited);
  }
  return line;
}

function mark(name, title) {
  const node = make("span", name);
  node.title = title;
  return node;
}

function keys(message, seat) {
  const board = make("div", "keys");
  for (const buttons of message.buttons) {
    const line = make("div");
    for (const button of buttons) line.append(key(message, button, seat));
    board.append(line);
  }
  return board;
}

function key(message, button, seat) {
  const style = button.style ? ` ${button.style}` : "";
  if (button.url) {
    const node = make("a", `key link${style}`, button.text);
    if (/^(https?|tg|ton):/i.test(button.url)) node.href = button.url;
    node.target = "_blank";
    node.rel = "noopener noreferrer";
    node.title = button.url;
    return node;
  }
  const node = make("button", `key${style}`, button.text);
  node.type = "button";
  node.addEventListener("click", () => seat.press(message, button, node));
  return node;
}

// Rows of one sender stand together: the name on the first, the tail on the last.
export function group(log) {
  let before = null;
  for (const row of log.children) {
    const joined = before && row.dataset.sender && before.dataset.sender === row.dataset.sender;
    row.classList.toggle("first", !joined);
    row.querySelector(":scope > .cell > .bubble > .who")?.toggleAttribute("hidden", Boolean(joined));
    if (before) before.classList.toggle("last", !joined);
    before = row;
  }
  before?.classList.add("last");
}

// The page's state, what arrives from the server, and what the person does.

import { avatar, clock, group, make, messageRow, summary } from "/static/message.js";
import { suggestions } from "/static/suggest.js";

const $ = (id) => document.getElementById(id);
const state = { bot: {}, chats: new Map(), messages: new Map(), unread: new Map(), chat: null, topic: null, speakers: new Map(), commands: [] };

async function ask(path, body) {
  const options = body ? { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) } : {};
  const response = await fetch(`/sandbox/${path}`, options);
  const answer = await response.json();
  if (!response.ok) throw new Error(answer.error || response.statusText);
  return answer;
}

function tell(text) {
  const toast = make("div", "toast", text);
  $("toasts").append(toast);
  setTimeout(() => toast.remove(), 4200);
}

function show(title, ...nodes) {
  $("dialog-body").replaceChildren(...(title ? [make("h2", "", title)] : []), ...nodes);
  if (!$("dialog").open) $("dialog").showModal();
}

const attempt = (work) => async (...given) => {
  try { return await work(...given); } catch (error) { tell(error.message); return null; }
};

// Chats

const current = () => state.chats.get(state.chat);
const threadOf = (message) => message.thread_id || null;
const unreadKey = (chat, topic) => `${chat}:${topic || ""}`;

function unread(chat) {
  let total = 0;
  for (const [key, count] of state.unread) if (key.startsWith(`${chat}:`)) total += count;
  return total;
}

function describe(chat) {
  if (chat.kind === "private") return chat.blocked ? "has blocked the bot" : `private chat with ${state.bot.name}`;
  const people = Object.keys(chat.members).length + (chat.bot_status === "left" || chat.bot_status === "kicked" ? 0 : 1);
  return `${chat.is_forum ? "forum" : chat.kind}, ${people} ${chat.kind === "channel" ? "subscribers" : "members"}`;
}

function drawChats() {
  const sections = [["People", (c) => c.kind === "private"], ["Groups", (c) => c.kind.endsWith("group")], ["Channels", (c) => c.kind === "channel"]];
  const nodes = [];
  for (const [title, fits] of sections) {
    const chats = [...state.chats.values()].filter((chat) => fits(chat) && !chat.migrated_to && !chat.deleted).slice(0, 60);
    if (chats.length) nodes.push(make("div", "section", title), ...chats.map(entry));
  }
  $("chats").replaceChildren(...nodes);
  const waiting = [...state.unread.values()].reduce((sum, count) => sum + count, 0);
  document.title = `${waiting ? `(${waiting}) ` : ""}${state.bot.name || "Sandbox"} – sandbox`;
}

function entry(chat) {
  const node = make("button", "entry");
  node.type = "button";
  node.dataset.chat = chat.id;
  node.setAttribute("aria-current", String(chat.id === state.chat));
  const last = chat.last_message;
  const speaker = last && chat.kind !== "private" && chat.kind !== "channel" && last.sender_name ? `${last.sender_name}: ` : "";
  node.append(
    avatar(make("span", "avatar"), chat.title, chat.id, chat.is_forum),
    make("span", "name", chat.title),
    make("time", "", last ? clock(last.date) : ""),
    make("span", "preview", last ? speaker + summary(last) : describe(chat)),
  );
  const count = unread(chat.id);
  if (count) node.append(make("span", "badge", String(count)));
  node.addEventListener("click", () => open(chat.id));
  return node;
}

// The open conversation

const open = attempt(async (id, topic = null) => {
  const chat = state.chats.get(id);
  if (!chat) return;
  state.chat = id;
  state.topic = topic;
  state.unread.delete(unreadKey(id, topic));
  history.replaceState(null, "", `#${id}${topic ? `/${topic}` : ""}`);
  $("app").classList.add("open");
  state.messages = new Map((await ask(`messages?chat=${id}`)).slice(-400).map((message) => [message.id, message]));
  if (state.chat !== id) return;
  drawChats();
  drawHead();
  drawLog();
  await drawComposer();
});

function drawHead() {
  const chat = current();
  avatar($("head-avatar"), chat.title, chat.id, chat.is_forum);
  $("head-title").textContent = chat.title;
  $("head-sub").textContent = describe(chat);
  $("head-sub").classList.remove("busy");
  const standing = $("standing");
  const inside = !["left", "kicked"].includes(chat.bot_status);
  standing.hidden = chat.kind === "private" && !chat.started && !chat.blocked;
  standing.classList.toggle("danger", inside);
  const [stop, start] = chat.kind === "private" ? ["Block bot", "Unblock bot"] : ["Remove bot", "Add bot"];
  standing.textContent = inside ? stop : start;
  $("topics").hidden = !chat.is_forum;
  if (chat.is_forum) $("topics").replaceChildren(tab(null, "General"), ...chat.topics.map((topic) => tab(topic.id, topic.name, topic)));
  const pinned = state.messages.get(chat.pinned.at(-1));
  $("pin").hidden = !pinned;
  if (pinned) {
    $("pin").replaceChildren(make("b", "", "Pinned message"), make("span", "", summary(pinned)));
    $("pin").onclick = () => jump(pinned.id);
  }
}

function tab(id, name, topic) {
  const node = make("button");
  node.type = "button";
  node.setAttribute("role", "tab");
  node.setAttribute("aria-selected", String(state.topic === id));
  const mark = make("i");
  if (topic) mark.style.setProperty("--topic", `#${topic.color.toString(16).padStart(6, "0")}`);
  node.append(mark, topic?.closed ? `${name} (closed)` : name);
  const count = state.unread.get(unreadKey(state.chat, id));
  if (count) node.append(make("span", "badge", String(count)));
  node.addEventListener("click", () => open(state.chat, id));
  return node;
}

function seat() {
  const chat = current();
  const speaker = $("speaker").value;
  return {
    names: chat.kind.endsWith("group"),
    mine: (message) => !message.from_bot && (chat.kind === "private" || (chat.kind !== "channel" && String(message.sender_id) === speaker)),
    find: (id) => state.messages.get(id),
    act: (text) => say(text),
    jump,
    press,
    history: earlier,
  };
}

const belongs = (message) => !current().is_forum || threadOf(message) === state.topic;

function drawLog() {
  const log = $("log");
  const view = seat();
  const shown = [...state.messages.values()].filter((message) => belongs(message) && !message.deleted);
  const rows = [];
  let day = "";
  for (const message of shown) {
    const date = new Date(message.date * 1000).toLocaleDateString([], { day: "numeric", month: "long" });
    if (date !== day) rows.push(make("div", "pill", date));
    day = date;
    rows.push(messageRow(message, view));
  }
  if (!shown.length) rows.push(emptyLog());
  log.replaceChildren(...rows);
  group(log);
  log.scrollTop = log.scrollHeight;
}

function emptyLog() {
  const box = make("div", "empty");
  box.append(make("div", "pill", current().kind === "private" ? "What can this bot do?\nPress Start to find out." : "No messages here yet."));
  return box;
}

function atEnd() {
  const log = $("log");
  return log.scrollHeight - log.scrollTop - log.clientHeight < 90;
}

function place(message, { flash = false } = {}) {
  const log = $("log");
  const follow = atEnd();
  const row = messageRow(message, seat());
  const old = log.querySelector(`[data-id="${message.id}"]`);
  log.querySelector(".empty")?.remove();
  if (old) old.replaceWith(row);
  else log.append(row);
  group(log);
  if (flash) row.querySelector(".bubble")?.classList.add("flash");
  if (follow) log.scrollTop = log.scrollHeight;
  $("down").hidden = atEnd();
}

function jump(id) {
  const row = $("log").querySelector(`[data-id="${Number(id)}"]`);
  row?.scrollIntoView({ block: "center", behavior: "smooth" });
  row?.querySelector(".bubble")?.classList.add("flash");
}

function earlier(message) {
  show("Earlier versions", ...message.revisions.map((revision) => {
    const part = make("article");
    part.append(make("small", "", `until ${clock(revision.until)}`), revision.text);
    return part;
  }));
}

// Speaking and pressing

async function drawComposer() {
  const chat = current();
  const select = $("speaker");
  const before = state.speakers.get(chat.id);
  const people = Object.entries(chat.members).filter(([, member]) => !["left", "kicked"].includes(member.status));
  const options = people.map(([id, member]) => new Option(`${member.name} (${member.status})`, id));
  if (chat.kind.endsWith("group") && people.some(([, member]) => member.status !== "member")) options.push(new Option("an anonymous admin", "anonymous"));
  select.replaceChildren(...options);
  if (before) select.value = before;
  $("speakers").hidden = chat.kind === "private" || chat.kind === "channel";
  const big = chat.kind !== "private" || chat.started ? "" : chat.blocked ? "Unblock" : "Start";
  $("big").hidden = !big;
  $("big").textContent = big;
  $("form").hidden = Boolean(big);
  $("text").placeholder = chat.kind === "channel" ? "Post to the channel" : "Message";
  state.commands = (await ask(`commands?chat=${chat.id}&user=${speaker().user}`)).commands;
  if (window.matchMedia("(min-width: 721px)").matches && !big) $("text").focus();
}

function speaker() {
  const chat = current();
  if (chat.kind === "private") return { user: chat.id };
  const chosen = $("speaker").value;
  const admin = Object.entries(chat.members).find(([, member]) => member.status !== "member")?.[0];
  if (chosen === "anonymous") return { user: Number(admin), anonymous: true };
  return { user: Number(chosen || admin) };
}

const say = attempt((text) => ask("say", { ...speaker(), chat: state.chat, thread: state.topic, text }));

const press = attempt(async (message, button, node) => {
  if (!button.callback_data) return tell("This button does something only in the app.");
  node.setAttribute("aria-busy", "true");
  try {
    const pressed = await ask("press", { user: speaker().user, chat: message.chat_id, message: message.id, button: button.callback_data, wait: 15 });
    const { text, show_alert: alert, url } = pressed.answer;
    if (text && alert) show("", make("div", "", text));
    else if (text) tell(text);
    if (url) tell(`The bot wants to open ${url}`);
  } catch (error) {
    throw new Error(error.message || "The bot did not answer.");
  } finally {
    node.removeAttribute("aria-busy");
  }
  return null;
});

const suggest = suggestions($("text"), $("suggest"), () => state.commands, (command) => send(command));

function send(text) {
  $("text").value = "";
  $("text").style.height = "";
  suggest.close();
  return text.trim() ? say(text) : null;
}

$("form").addEventListener("submit", (event) => { event.preventDefault(); send($("text").value); });
$("text").addEventListener("keydown", (event) => {
  if (suggest.key(event)) return;
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); send($("text").value); }
});
$("text").addEventListener("input", () => { $("text").style.height = ""; $("text").style.height = `${$("text").scrollHeight}px`; });
$("menu").addEventListener("click", () => { if (!$("text").value) $("text").value = "/"; $("text").focus(); suggest.update(); });
$("speaker").addEventListener("change", () => { state.speakers.set(state.chat, $("speaker").value); drawLog(); drawComposer(); });
$("big").addEventListener("click", () => say("/start"));
$("back").addEventListener("click", () => { $("app").classList.remove("open"); state.chat = null; drawChats(); });
$("log").addEventListener("scroll", () => { $("down").hidden = atEnd(); }, { passive: true });
$("down").addEventListener("click", () => { $("log").scrollTop = $("log").scrollHeight; });
$("standing").addEventListener("click", attempt(async () => {
  const chat = current();
  const inside = !["left", "kicked"].includes(chat.bot_status);
  if (chat.kind === "private") await ask("do", { what: inside ? "block" : "unblock", user: chat.id });
  else await ask("do", { what: inside ? "kick" : "add_bot", chat: chat.id });
}));

// What arrives

const handlers = {
  message({ message }) {
    const chat = state.chats.get(message.chat_id);
    if (!chat) return load();
    chat.last_message = message;
    if (message.chat_id === state.chat) {
      state.messages.set(message.id, message);
      if (belongs(message)) place(message);
    }
    const seen = message.chat_id === state.chat && (!chat.is_forum || threadOf(message) === state.topic) && !document.hidden;
    if (!seen && message.from_bot) {
      const key = unreadKey(message.chat_id, chat.is_forum ? threadOf(message) : null);
      state.unread.set(key, (state.unread.get(key) || 0) + 1);
      if (message.chat_id === state.chat) drawHead();
    }
    return drawChats();
  },
  edit({ message }) {
    const chat = state.chats.get(message.chat_id);
    if (chat?.last_message?.id === message.id) { chat.last_message = message; drawChats(); }
    if (message.chat_id !== state.chat) return;
    state.messages.set(message.id, message);
    if (belongs(message)) place(message, { flash: true });
  },
  delete({ message }) {
    if (message.chat_id !== state.chat) return;
    state.messages.delete(message.id);
    $("log").querySelector(`[data-id="${message.id}"]`)?.remove();
    group($("log"));
  },
  chat({ chat }) {
    const known = state.chats.has(chat.id);
    state.chats.set(chat.id, chat);
    drawChats();
    if (chat.id === state.chat && known) { drawHead(); drawComposer(); }
  },
  pin({ chat, message }) { state.chats.set(chat.id, chat); handlers.edit({ message }); if (chat.id === state.chat) drawHead(); },
  action({ chat_id: id }) {
    if (id !== state.chat) return;
    $("head-sub").textContent = `${state.bot.name} is typing…`;
    $("head-sub").classList.add("busy");
    clearTimeout(handlers.typing);
    handlers.typing = setTimeout(() => state.chat && drawHead(), 5000);
  },
  commands() { if (state.chat) drawComposer(); },
  counters(counters) { drawStatus(counters); },
  resync() { load(); },
};

function drawStatus(counters, connected = true) {
  const part = (label, value, bad) => { const node = make("span", bad ? "bad" : "", `${label} `); node.append(make("b", "", String(value))); return node; };
  const link = make("span", connected ? "" : "off");
  link.append(make("span", "dot"), connected ? "live" : "connecting…");
  $("status").replaceChildren(link, ...(counters ? [part("accepted", counters.accepted), part("edits", counters.edits), part("429", counters.floods, counters.floods > 0), part("peak", `${counters.peak_per_second}/s`)] : []));
}

const load = attempt(async () => {
  const view = await ask("view");
  state.bot = view.bot;
  $("bot-name").textContent = view.bot.name;
  state.chats = new Map(view.chats.map((chat) => [chat.id, chat]));
  drawStatus(view.counters);
  drawChats();
  if (state.chat && state.chats.has(state.chat)) await open(state.chat, state.topic);
});

function listen() {
  const source = new EventSource("/sandbox/events");
  source.onopen = load;
  source.onmessage = (event) => { const { kind, ...data } = JSON.parse(event.data); handlers[kind]?.(data); };
  source.onerror = () => drawStatus(null, false);
}

const THEMES = ["auto", "light", "dark"];
function theme(choice) {
  const dark = choice === "dark" || (choice === "auto" && window.matchMedia("(prefers-color-scheme: dark)").matches);
  document.documentElement.dataset.theme = dark ? "dark" : "light";
  $("theme").title = `Theme: ${choice}`;
  localStorage.setItem("theme", choice);
}
$("theme").addEventListener("click", () => theme(THEMES[(THEMES.indexOf(localStorage.getItem("theme") || "auto") + 1) % 3]));
window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => theme(localStorage.getItem("theme") || "auto"));
theme(localStorage.getItem("theme") || "auto");
document.addEventListener("visibilitychange", () => { if (!document.hidden && state.chat) { state.unread.delete(unreadKey(state.chat, state.topic)); drawChats(); } });

await load();
const [wanted, topic] = location.hash.slice(1).split("/").map(Number);
const wide = window.matchMedia("(min-width: 721px)").matches;
if (state.chats.has(wanted)) await open(wanted, topic || null);
else if (wide && state.chats.size) await open(state.chats.keys().next().value);
listen();

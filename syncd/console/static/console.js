"use strict";
// Makes the pages pleasanter; none of them needs it. Times read as "3 min ago", live pages renew themselves without
// flicker, questions are asked in a dialog instead of on a page of their own, a choice is followed at once.

const UNITS = [[86400, "d"], [3600, "h"], [60, "min"], [1, "s"]];

function spoken(seconds) {
  const [unit, name] = UNITS.find(([size]) => seconds >= size) || [1, "s"];
  return `${Math.round(seconds / unit)} ${name}`;
}

function tellTimes(root = document) {
  for (const time of root.querySelectorAll("time.ago")) {
    const seconds = (Date.now() - Date.parse(time.dateTime)) / 1000;
    if (Number.isNaN(seconds)) continue;
    if (!time.title) time.title = time.textContent;
    time.textContent = seconds >= 0 ? `${spoken(seconds)} ago` : `in ${spoken(-seconds)}`;
  }
}

// Only what differs is replaced, so that focus, selection and what is folded open stay as they are.
function settle(old, fresh) {
  if (old.isEqualNode(fresh)) return;
  const alike = old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName;
  if (!alike) return old.replaceWith(fresh);
  if (old.nodeType !== Node.ELEMENT_NODE) {
    old.nodeValue = fresh.nodeValue;
    return;
  }
  if (old.matches("form") && old.contains(document.activeElement)) return;
  if (old.matches("input, select, textarea")) return;
  const keep = old.matches("details") ? ["open"] : [];
  for (const { name } of [...old.attributes]) if (!fresh.hasAttribute(name) && !keep.includes(name)) old.removeAttribute(name);
  for (const { name, value } of [...fresh.attributes]) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  const before = [...old.childNodes], after = [...fresh.childNodes];
  after.forEach((node, index) => (index < before.length ? settle(before[index], node) : old.append(node)));
  before.slice(after.length).forEach((node) => node.remove());
}

async function renew(main) {
  if (document.hidden || document.querySelector("dialog[open]")) return;
  const answer = await fetch(location.href, { headers: { Accept: "text/html" }, redirect: "manual" }).catch(() => null);
  if (!answer || !answer.ok) return main.toggleAttribute("data-old", true);
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const fresh = page.getElementById("main");
  if (!fresh) return;
  fresh.querySelector(".said")?.remove();
  main.querySelector(".said")?.remove();
  for (const part of [main, fresh]) part.normalize();
  tellTimes(fresh);
  settle(main, fresh);
  document.title = page.title;
}

function live() {
  const main = document.querySelector("main[data-live]");
  if (!main) return;
  // What was said stays until somebody has read it: the address no longer says it, so the next renewal drops it.
  const here = new URL(location.href);
  if (here.searchParams.has("said")) {
    here.searchParams.delete("said");
    here.searchParams.delete("n");
    history.replaceState(null, "", here);
  }
  setInterval(() => renew(main), Number(main.dataset.live) * 1000);
}

// A form with a question is sent when the answer is yes. `sure` tells the server that it was asked.
document.addEventListener("submit", (event) => {
  const form = event.target, dialog = document.getElementById("ask");
  if (!form.dataset.ask || form.elements.sure || !dialog?.showModal) return;
  event.preventDefault();
  document.getElementById("ask-question").textContent = form.dataset.ask;
  dialog.querySelector("button[value=yes]").textContent = form.dataset.verb || "Yes";
  dialog.returnValue = "no";
  dialog.addEventListener("close", () => {
    if (dialog.returnValue !== "yes") return;
    const sure = Object.assign(document.createElement("input"), { type: "hidden", name: "sure", value: "yes" });
    form.append(sure);
    form.requestSubmit();
  }, { once: true });
  dialog.showModal();
});

document.addEventListener("change", (event) => {
  if (event.target.matches("select[data-go]")) event.target.form.requestSubmit();
});

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy]");
  if (!button) return;
  await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
  button.textContent = "Copied";
});

for (const button of document.querySelectorAll("[data-copy]")) button.hidden = !navigator.clipboard;
// On a phone the navigation is wider than the screen. `scrollIntoView` would move where Tab begins, too.
const bar = document.querySelector(".top nav"), place = bar?.querySelector("[aria-current]");
if (place) bar.scrollLeft = place.offsetLeft - (bar.clientWidth - place.offsetWidth) / 2;
tellTimes();
setInterval(tellTimes, 10000);
live();

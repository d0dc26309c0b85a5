// The console's script: local times, countdowns, live parts, drafts, keys; panels.js has the panels.
// Every page works without it; it only ever fetches the page it is on.
"use strict";

(() => {
  const byId = (id) => document.getElementById(id);
  const all = (selector, within = document) => [...within.querySelectorAll(selector)];
  const skew = Date.parse(document.body.dataset.now) - Date.now();
  const here = document.body.dataset.here;

  // Times in the reader's zone; UTC stays on hover.
  const brief = new Intl.DateTimeFormat(undefined, { hour: "2-digit", minute: "2-digit" });
  const dated = new Intl.DateTimeFormat(undefined, {
    day: "numeric", month: "short", hour: "2-digit", minute: "2-digit",
  });
  const full = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });
  const localise = (within) => {
    for (const time of all("time[datetime]", within)) {
      const at = new Date(time.dateTime);
      const age = Math.abs(Date.now() + skew - at);
      const form = !("brief" in time.dataset) ? full : age < 64800000 ? brief : dated;
      time.textContent = (age < 15552000000 ? form : full).format(at);
    }
  };

  // Fields of instants come in UTC, are shown in the reader's zone, and are sent in UTC.
  const shift = (field, isShown) => {
    if (!field.value) return;
    const at = new Date(isShown ? `${field.value}Z` : field.value);
    if (isShown) at.setMinutes(at.getMinutes() - at.getTimezoneOffset());
    field.value = at.toISOString().slice(0, 16);
  };
  for (const field of all("input[data-utc]")) shift(field, true);
  for (const word of all("[data-zone]")) word.textContent = "";
  document.addEventListener("submit", (event) => {
    if (!("utcForm" in event.target.dataset) || event.defaultPrevented) return;
    for (const field of all("input[data-utc]", event.target)) shift(field, false);
  });

  const count = () => {
    for (const one of all("[data-until]")) {
      const left = Math.ceil((Date.parse(one.dataset.until) - Date.now() - skew) / 1000);
      one.classList.toggle("late", left <= 10);
      one.textContent = left > 0 ? `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")} left` : "ran out";
    }
  };

  // Live parts: the page is fetched again, and parts that differ are put in their places.
  const known = new Map();
  const remember = (part) => part.id && known.set(part.id, part.outerHTML);
  const inUse = (part) => {
    const active = document.activeElement;
    return part.contains(active) && /^(SELECT|TEXTAREA|INPUT)$/.test(active.tagName);
  };
  const replace = (old, fresh) => {
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    remember(fresh);
    localise(fresh);
    old.replaceWith(fresh);
    if (focused && byId(focused)) byId(focused).focus({ preventScroll: true });
  };
  const refreshList = (list, fresh) => {
    const wanted = new Set([...fresh.children].map((child) => child.id));
    for (const child of [...list.children]) if (!wanted.has(child.id)) child.remove();
    [...fresh.children].forEach((child, place) => {
      const old = byId(child.id);
      const isSame = old && known.get(child.id) === child.outerHTML;
      if (!old) {
        remember(child);
        localise(child);
        list.insertBefore(child, list.children[place] || null);
      } else if (!isSame) replace(old, child);
    });
  };
  const offers = () => Number(byId("offers")?.dataset.offers || 0);
  const title = document.title;
  const announce = (before) => {
    const now = offers();
    document.title = now ? `(${now}) ${title}` : title;
    if (now > before) byId("news").textContent = `${now} offered to you`;
  };
  let isFetching = false;
  let isStale = false;
  const refresh = async () => {
    if (isFetching) { isStale = true; return; }
    isFetching = true;
    try {
      const answer = await fetch(here, {
        headers: { Accept: "text/html", "Lodge-Background": "1" }, cache: "no-store",
      });
      if (answer.redirected || answer.status === 401) return signedOut();
      if (!answer.ok) return;
      const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
      const before = offers();
      for (const part of all("[data-live][id]", fresh.body)) {
        const old = byId(part.id);
        if (old && known.get(part.id) !== part.outerHTML && !inUse(old)) {
          replace(old, document.adoptNode(part));
        }
      }
      for (const list of all("[data-live-list]", fresh.body)) {
        if (byId(list.id)) refreshList(byId(list.id), document.adoptNode(list));
      }
      announce(before);
      count();
    } catch { /* no connection: the stream's own retry brings us back */ } finally {
      isFetching = false;
      if (isStale) { isStale = false; refresh(); }
    }
  };
  const signedOut = () => {
    source?.close();
    byId("signed-out").hidden = false;
  };

  // The stream says that something changed, never what; a beat says that it lives.
  let source = null;
  let heardAt = Date.now();
  const listen = () => {
    source?.close();
    source = new EventSource(document.body.dataset.live);
    const heard = () => { heardAt = Date.now(); byId("connection").textContent = ""; };
    source.addEventListener("begun", () => { heard(); refresh(); });
    source.addEventListener("changed", () => { heard(); refresh(); });
    source.addEventListener("beat", heard);
    source.addEventListener("ended", (event) => {
      if (event.data === "signed_out") { source.close(); refresh(); }
      if (event.data === "too_many") { source.close(); source = null; }
    });
    source.onerror = () => {
      byId("connection").textContent = "Not connected; trying again";
      if (source.readyState === EventSource.CLOSED) refresh();
    };
  };
  const watch = () => {
    if (byId("signed-out").hidden && Date.now() - heardAt > 40000) {
      heardAt = Date.now();
      if (source) listen(); else refresh();
    }
  };

  // Drafts: what is typed stays in this tab until it is sent or thrown away.
  const answer = byId("answer");
  const draftKey = answer && `draft:${answer.dataset.draft}`;
  const drafts = () => {
    const told = new URLSearchParams(location.search);
    if (told.has("of")) sessionStorage.removeItem(`draft:${told.get("of")}`);
    if (told.has("notice") || location.pathname !== here) history.replaceState(null, "", here);
    if (!answer) return;
    const text = byId("text");
    if (!text.value) text.value = sessionStorage.getItem(draftKey) || "";
    text.addEventListener("input", () => sessionStorage.setItem(draftKey, text.value));
  };

  // Forms: sent once; a sign-out forgets every draft; an unsent answer is not lost unasked.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.dataset.confirm && byId("text")?.value.trim() && !confirm(form.dataset.confirm)) {
      event.preventDefault();
      return;
    }
    if ("forget" in form.dataset) sessionStorage.clear();
    if (form.method === "post") setTimeout(() => all("button", form).forEach((b) => { b.disabled = true; }));
  });
  addEventListener("pageshow", (event) => {
    if (event.persisted) location.reload();
  });

  // Keys: see the list on "?".
  const step = (by) => {
    const lines = all("[data-step]").filter((line) => line.offsetParent);
    const at = lines.findIndex((line) => line === document.activeElement || line.contains(document.activeElement));
    const next = lines[at < 0 ? (by > 0 ? 0 : lines.length - 1) : Math.min(lines.length - 1, Math.max(0, at + by))];
    next?.focus();
  };
  const showKeys = () => byId("keys").showModal();
  const press = (key) => {
    if (key === "?") return showKeys();
    if (key === "j" || key === "k") return step(key === "j" ? 1 : -1);
    const within = document.activeElement?.closest("[data-step]")?.querySelector(`[data-key="${key}"]`);
    const target = within || document.querySelector(`main [data-key="${key}"], nav [data-key="${key}"]`);
    if (!target) return false;
    if (target.tagName === "TEXTAREA") target.focus(); else target.click();
  };
  document.addEventListener("keydown", (event) => {
    const isTyping = /^(INPUT|TEXTAREA|SELECT)$/.test(event.target.tagName) && event.target.type !== "checkbox";
    if (isTyping) {
      if (event.key === "Escape") event.target.blur();
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey) && event.target.id === "text") byId("send").click();
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey || byId("keys").open) return;
    if (event.key === "Enter" && event.target.matches("[data-step]:not(a)")) {
      const inner = event.target.querySelector("a[href], summary");
      if (inner) { event.preventDefault(); inner.click(); }
      return;
    }
    if (localStorage.getItem("keys") === "off") return;
    if (press(event.key) !== false && "?jkaxri".includes(event.key)) event.preventDefault();
  });
  const useKeys = byId("use-keys");
  useKeys.checked = localStorage.getItem("keys") !== "off";
  useKeys.addEventListener("change", () => localStorage.setItem("keys", useKeys.checked ? "on" : "off"));
  byId("show-keys").addEventListener("click", showKeys);

  all("[data-live][id], [data-live-list] > [id]").forEach(remember);
  document.addEventListener("lodge-shown", (event) => localise(event.target));
  localise(document);
  count();
  drafts();
  announce(offers());
  setInterval(count, 1000);
  setInterval(watch, 5000);
  if (document.body.dataset.live) listen();
})();

// Panels of data links: each is asked for by itself once the page is there, and again on request.
// Without this script their button opens the same panel on a page of its own.
"use strict";

(() => {
  const PATIENCE = 4000;
  const say = (panel, text) => {
    const place = panel.querySelector("[data-progress]");
    if (place) place.textContent = text;
  };
  const title = (panel) => panel.querySelector("h2").textContent;

  const ask = async (panel) => {
    const button = panel.querySelector("[data-ask] button");
    const isFocused = button === document.activeElement;
    panel.setAttribute("aria-busy", "true");
    button.disabled = true;
    say(panel, "Asking…");
    const slow = setTimeout(() => say(panel, "Still asking; its source is slow."), PATIENCE);
    let said = "";
    let fresh = null;
    try {
      const answer = await fetch(panel.dataset.panel, {
        headers: { Accept: "text/html", "Lodge-Background": "1" }, cache: "no-store",
      });
      const page = new DOMParser().parseFromString(await answer.text(), "text/html");
      fresh = answer.ok && !answer.redirected ? page.getElementById(panel.id) : null;
      if (answer.redirected || answer.status === 401) said = "You are signed out.";
      else if (answer.status === 404) said = "It is not there any more, or not for you.";
      else if (!fresh) said = "Lodge could not answer.";
    } catch {
      said = "No connection.";
    } finally {
      clearTimeout(slow);
    }
    if (fresh) {
      panel.replaceWith(fresh);
      fresh.dispatchEvent(new CustomEvent("lodge-shown", { bubbles: true }));
      const is = fresh.querySelector(".obstacle") ? "cannot be shown now" : "is here";
      say(fresh, `${title(fresh)} ${is}.`);
      fresh.querySelector("[data-progress]").classList.add("unseen");
      if (isFocused) fresh.querySelector("[data-ask] button").focus({ preventScroll: true });
      return;
    }
    panel.removeAttribute("aria-busy");
    button.disabled = false;
    button.textContent = "Ask again";
    say(panel, said);
    if (isFocused) button.focus({ preventScroll: true });
  };

  document.addEventListener("submit", (event) => {
    const panel = event.target.matches("[data-ask]") && event.target.closest("[data-panel]");
    if (!panel) return;
    event.preventDefault();
    ask(panel);
  });
  document.querySelectorAll("[data-panel]").forEach((panel) => {
    if (!panel.querySelector(".answered, .obstacle")) ask(panel);
  });
})();

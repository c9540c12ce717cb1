// Keys for the review pages: each key presses a button or follows a link that is on the page, so nothing here is needed
// to work. A page of an item that is open renews its lease.
"use strict";
(() => {
  const rows = [...document.querySelectorAll("#queue tbody tr")];
  let at = -1;

  const select = (next) => {
    if (!rows.length) return;
    at = Math.min(Math.max(next, 0), rows.length - 1);
    rows.forEach((row, place) => row.toggleAttribute("data-selected", place === at));
    rows[at].querySelector("a").focus({ preventScroll: true });
    rows[at].scrollIntoView({ block: "nearest" });
  };

  const press = (key) => {
    const target = document.querySelector(`[data-key="${key}"]`);
    if (target && !target.disabled) target.click();
    return Boolean(target);
  };

  const act = (key) => {
    if (key === "j" || key === "k") { select(at + (key === "j" ? 1 : -1)); return rows.length > 0; }
    if (key === "/") { const field = document.getElementById("q"); if (field) { field.focus(); field.select(); } return Boolean(field); }
    if (key === "?") { const help = document.getElementById("help"); if (help) { help.open = !help.open; help.scrollIntoView({ block: "nearest" }); } return Boolean(help); }
    return /^[a1-9rsun]$/.test(key) && press(key);
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "Escape" && typing) { event.target.blur(); return; }
    if (typing || event.repeat || event.ctrlKey || event.altKey || event.metaKey) return;
    if (act(event.key)) event.preventDefault();
  });

  const page = document.getElementById("review");
  if (!page || !page.dataset.renew) return;
  const token = document.querySelector("#decide [name=csrfmiddlewaretoken]").value;
  const renewing = setInterval(async () => {
    if (document.visibilityState !== "visible") return;
    const answer = await fetch(page.dataset.renew, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => null);
    if (!answer || answer.ok) return;
    document.getElementById("lost").hidden = false;
    clearInterval(renewing);
  }, 1000 * Number(page.dataset.seconds));
})();

// Keys for the review queue: each key presses a button that is on the page, so nothing here is needed to work.
"use strict";
(() => {
  const items = [...document.querySelectorAll("#queue > li")];
  let at = 0;

  const select = (next) => {
    if (!items.length) return;
    at = Math.min(Math.max(next, 0), items.length - 1);
    items.forEach((item, place) => item.toggleAttribute("data-selected", place === at));
    items[at].focus({ preventScroll: true });
    items[at].scrollIntoView({ block: "nearest" });
  };

  const press = (selector) => {
    const button = items[at] && items[at].querySelector(selector);
    if (button) button.click();
  };

  document.addEventListener("keydown", (event) => {
    const typing = event.target.matches("input, select, textarea");
    if (event.key === "Escape" && typing) { event.target.blur(); select(at); return; }
    if (typing || event.ctrlKey || event.altKey || event.metaKey) return;
    if (event.key === "j" || event.key === "ArrowDown") select(at + 1);
    else if (event.key === "k" || event.key === "ArrowUp") select(at - 1);
    else if (event.key === "a" || event.key === "r") press(`[data-key="${event.key}"]`);
    else if (/^[1-9]$/.test(event.key)) press(`[data-pick="${event.key}"]`);
    else if (event.key === "/") document.getElementById("q").focus();
    else if (event.key === "u") { const undo = document.querySelector("#undo-last button"); if (undo) undo.click(); }
    else return;
    event.preventDefault();
  });

  select(0);
})();

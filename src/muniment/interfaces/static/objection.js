// Hashes the evidence of an objection on this machine; only the hash is sent. Without this script the hash is typed.
"use strict";
(() => {
  const chosen = document.getElementById("evidence-file"), field = document.getElementById("evidence-sha256");
  const bar = document.getElementById("evidence-progress"), form = field.form, send = form.querySelector("button");
  document.getElementById("evidence-choice").hidden = false;
  chosen.addEventListener("change", async () => {
    const file = chosen.files[0];
    if (!file) return;
    send.disabled = true;
    bar.hidden = false;
    bar.max = file.size || 1;
    try {
      field.value = await hashFile(file, (count) => { bar.value = count; });
    } finally {
      bar.hidden = true;
      send.disabled = false;
    }
  });
})();

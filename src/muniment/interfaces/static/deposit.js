// Makes the list of hashes of files that never leave this machine, and sends it instead of them.
"use strict";
(() => {
  const byId = (name) => document.getElementById(name);
  const form = byId("hashing");
  let isReady = false;

  form.addEventListener("submit", async (event) => {
    if (isReady) return;
    event.preventDefault();
    const chosen = [...byId("hashed-files").files, ...byId("hashed-folder").files];
    if (!chosen.length) { byId("hashed-files").focus(); return; }
    const bar = byId("hashing-progress"), total = chosen.reduce((sum, file) => sum + file.size, 0);
    bar.hidden = false;
    bar.max = total || 1;
    const files = [];
    let done = 0;
    for (const file of chosen) {
      const sha256 = await hashFile(file, (count) => { bar.value = done + count; });
      files.push({ path: file.webkitRelativePath || file.name, sha256, byte_count: file.size });
      done += file.size;
    }
    byId("hashes").value = JSON.stringify({ format: "muniment-hashes-1", files });
    isReady = true;
    form.submit();
  });
})();

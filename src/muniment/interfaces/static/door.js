// The page of the one door: a file may be dropped, and how much of it is sent is shown. Without this the form works too.
"use strict";
(() => {
  const form = document.querySelector("form[data-drop]");
  if (!form) return;
  const field = form.querySelector("input[type=file]");
  const sending = form.querySelector("[data-sending]");
  const bar = form.querySelector("[data-bar]");
  const said = form.querySelector("[data-said]");
  form.querySelector("[data-hint]").hidden = false;

  const tell = (event) => {
    if (!event.lengthComputable) return;
    bar.max = event.total;
    bar.value = event.loaded;
    said.textContent = `${Math.floor((100 * event.loaded) / event.total)} % ${said.dataset.words}`;
  };

  const plainly = () => { sending.hidden = true; form.submit(); };

  const send = () => {
    const request = new XMLHttpRequest();
    sending.hidden = false;
    request.upload.addEventListener("progress", tell);
    request.addEventListener("error", plainly);
    request.addEventListener("load", () => {
      if (request.status === 201) location.assign(JSON.parse(request.responseText).location);
      else plainly();
    });
    request.open("POST", form.action);
    request.setRequestHeader("X-Requested-With", "XMLHttpRequest");
    request.send(new FormData(form));
  };

  form.addEventListener("submit", (event) => {
    if (!field.files.length) return;
    event.preventDefault();
    send();
  });
  for (const kind of ["dragenter", "dragover"]) {
    form.addEventListener(kind, (event) => { event.preventDefault(); form.toggleAttribute("data-over", true); });
  }
  for (const kind of ["dragleave", "drop"]) {
    form.addEventListener(kind, (event) => { event.preventDefault(); form.toggleAttribute("data-over", false); });
  }
  form.addEventListener("drop", (event) => {
    if (!event.dataTransfer.files.length) return;
    field.files = event.dataTransfer.files;
    form.requestSubmit();
  });
})();

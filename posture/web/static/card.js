// The picture of before and after, as PNG: drawn by the browser, kept where downloads go.
const link = document.getElementById("card");

if (link instanceof HTMLAnchorElement) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    void save(link);
  });
}

/** @param {HTMLAnchorElement} link */
async function save(link) {
  const answer = await fetch(link.href);
  if (!answer.ok) {
    window.location.assign(link.href);
    return;
  }
  const address = URL.createObjectURL(new Blob([await answer.text()], { type: "image/svg+xml" }));
  const picture = new Image();
  picture.addEventListener("load", () => {
    const canvas = document.createElement("canvas");
    canvas.width = 1080;
    canvas.height = 1350;
    canvas.getContext("2d")?.drawImage(picture, 0, 0, 1080, 1350);
    URL.revokeObjectURL(address);
    canvas.toBlob((png) => {
      if (png === null) {
        window.location.assign(link.href); // no room for a canvas: the drawing itself will do
        return;
      }
      const kept = document.createElement("a");
      kept.href = URL.createObjectURL(png);
      kept.download = link.dataset.name ?? "";
      kept.click();
      setTimeout(() => URL.revokeObjectURL(kept.href), 60000);
    }, "image/png");
  });
  picture.addEventListener("error", () => window.location.assign(link.href));
  picture.src = address;
}

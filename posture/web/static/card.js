// The picture of before and after, as PNG: drawn by the browser, kept where downloads go.
const link = document.getElementById("card");

link?.addEventListener("click", async (event) => {
  event.preventDefault();
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
    canvas.getContext("2d").drawImage(picture, 0, 0, 1080, 1350);
    URL.revokeObjectURL(address);
    canvas.toBlob((png) => {
      const save = document.createElement("a");
      save.href = URL.createObjectURL(png);
      save.download = link.dataset.name;
      save.click();
      setTimeout(() => URL.revokeObjectURL(save.href), 60000);
    }, "image/png");
  });
  picture.addEventListener("error", () => window.location.assign(link.href));
  picture.src = address;
});

// The served report: its button opens the browser's print dialogue, which also writes a PDF.
document.getElementById("print")?.addEventListener("click", () => window.print());

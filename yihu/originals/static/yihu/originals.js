/* The stocktake: the code box is ready for the next scan as soon as the page is there. */
document.addEventListener("DOMContentLoaded", () => {
  const box = document.getElementById("barcode");
  if (box) box.focus({ preventScroll: false });
});

// Filter of the table of downloads. Without JavaScript the whole table is there.
const box = document.getElementById("pe-filter");
const count = document.getElementById("pe-filter-count");
const rows = [...document.querySelectorAll(".pe-downloads tbody tr")];
const plain = (text) => text.normalize("NFD").replace(/\p{Diacritic}/gu, "").toLowerCase();

if (box) {
  const texts = rows.map((row) => plain(row.textContent));
  box.closest("[hidden]").hidden = false;
  box.addEventListener("input", () => {
    const words = plain(box.value).split(/\s+/).filter(Boolean);
    let shown = 0;
    rows.forEach((row, i) => {
      row.hidden = !words.every((word) => texts[i].includes(word));
      shown += row.hidden ? 0 : 1;
    });
    document.querySelectorAll(".pe-downloads__theme").forEach((section) => {
      section.hidden = !section.querySelector("tbody tr:not([hidden])");
    });
    count.textContent = words.length ? (shown === 1 ? "1 serie" : `${shown} series`) : "";
  });
}

const field = document.getElementById("find-operation");
const rows = [...document.querySelectorAll(".operations tbody tr")];
const find = () => {
  const words = field.value.toLowerCase().split(/\s+/).filter(Boolean);
  let count = 0;
  for (const row of rows) {
    const text = row.textContent.toLowerCase();
    row.hidden = !words.every((word) => text.includes(word));
    count += row.hidden ? 0 : 1;
  }
  const elsewhere = document.getElementById("search-elsewhere"); // functions made of operations have no row
  elsewhere.hidden = count > 0;
  elsewhere.href = `../search.html?q=${encodeURIComponent(field.value)}`;
  document.getElementById("found-operations").textContent = `${count} operation${count === 1 ? "" : "s"}`;
};
field.addEventListener("input", find);
find();

/**
 * What makes a report answer to mouse and keyboard: a moment that is read off all curves, and a closer look. Everything is drawn without it but
 * the marks of the time axis. The values are read back from the paths, so that they are in the file once.
 */
export const REPORT_SCRIPT = `"use strict";
const root = document.querySelector(".timeline");
const axis = root.querySelector("[role=slider]");
const cursor = root.querySelector(".cursor");
const plots = [...root.querySelectorAll("svg.plot")];
const [start, bin, length] = ["start", "bin", "length"].map((key) => Number(root.dataset[key]));
const starts = [...document.querySelectorAll("button[data-from]")].map((button) => Number(button.dataset.from));
let view = [0, length];
let at = 0;

const shownTime = (bins, digits = 19) => new Date(start + bins * bin).toISOString().slice(0, digits).replace("T", " ");
const clamp = (value, low, high) => Math.min(high, Math.max(low, value));

// The first half of the points of each outline are the highest values, the second half the lowest.
const curves = [...root.querySelectorAll(".curve")].map((path) => {
  const low = Number(path.dataset.low), high = Number(path.dataset.high);
  const bands = new Map();
  for (const [outline] of path.getAttribute("d").matchAll(/M[^z]*z/g)) {
    let x = 0, y = 0;
    const numbers = outline.match(/-?\\d+/g).map(Number);
    const points = [];
    for (let place = 0; place < numbers.length; place += 2) points.push([x += numbers[place], high - (y += numbers[place + 1]) / 1000 * (high - low)]);
    for (let place = 0; place < points.length / 2; place += 1) bands.set(points[place][0], [points[points.length - 1 - place][1], points[place][1]]);
  }
  return { bands, output: path.closest(".row").querySelector("output") };
});
const number = (value) => String(Number(value.toPrecision(4)));
const reading = ({ bands, output }) => {
  let band;
  for (let back = 0; band === undefined && back < 4; back += 1) band = bands.get(at - back);
  if (band === undefined) return "-";
  const [low, high] = band.map(number);
  return (low === high ? low : low + " … " + high) + " " + (output.dataset.unit ?? "");
};

function moveTo(place) {
  at = clamp(Math.round(place), 0, length - 1);
  if (at < view[0] || at >= view[1]) look(at - (view[1] - view[0]) / 2, view[1] - view[0]);
  const share = (at - view[0]) / (view[1] - view[0]);
  cursor.hidden = false;
  cursor.style.left = "calc(var(--name) + (100% - var(--name)) * " + share + ")";
  for (const curve of curves) curve.output.textContent = reading(curve);
  axis.setAttribute("aria-valuenow", at);
  axis.setAttribute("aria-valuetext", shownTime(at) + ", score " + reading(curves[0]));
  marks();
}

function look(from, bins) {
  const width = clamp(bins, Math.min(length, 20), length);
  const left = clamp(from, 0, length - width);
  view = [left, left + width];
  for (const plot of plots) {
    const [, top, , height] = plot.getAttribute("viewBox").split(" ");
    plot.setAttribute("viewBox", [left, top, width, height].join(" "));
  }
  marks();
}

const STEPS = [1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400].map((seconds) => seconds * 1000);
function marks() {
  const spanMs = (view[1] - view[0]) * bin;
  const most = Math.max(2, Math.floor(axis.clientWidth / 130));
  let step = STEPS.find((stepMs) => spanMs / stepMs <= most) ?? Math.ceil(spanMs / most / 864e5) * 864e5;
  const firstMs = start + view[0] * bin;
  const digits = step < 60000 ? 19 : 16;
  const labels = [];
  for (let timeMs = Math.ceil(firstMs / step) * step; timeMs < firstMs + spanMs; timeMs += step) {
    const label = document.createElement("span");
    label.style.left = 100 * (timeMs - firstMs) / spanMs + "%";
    const text = shownTime((timeMs - start) / bin, digits);
    label.textContent = labels.length === 0 || timeMs % 864e5 === 0 ? text : text.slice(11);
    labels.push(label);
  }
  axis.replaceChildren(...labels);
}

const placeOf = (event) => {
  const { left, width } = axis.getBoundingClientRect();
  return view[0] + clamp((event.clientX - left) / width, 0, 1) * (view[1] - view[0]);
};
let dragFrom;
root.addEventListener("pointermove", (event) => {
  if (event.target.closest(".plot")) moveTo(placeOf(event));
});
root.addEventListener("pointerdown", (event) => {
  if (event.target.closest(".plot")) dragFrom = placeOf(event);
});
addEventListener("pointerup", (event) => {
  if (dragFrom === undefined) return;
  const [from, to] = [dragFrom, placeOf(event)].sort((a, b) => a - b);
  dragFrom = undefined;
  if ((to - from) / (view[1] - view[0]) > 0.02) look(from, to - from);
});
root.addEventListener("dblclick", () => look(0, length));

const zoom = (factor) => look(at - (at - view[0]) * factor, (view[1] - view[0]) * factor);
const nextEvent = (direction) => {
  const places = starts.map((timeMs) => Math.round((timeMs - start) / bin)).sort((a, b) => (a - b) * direction);
  const next = places.find((place) => (place - at) * direction > 0);
  if (next !== undefined) moveTo(next);
};
axis.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey) return;
  const step = Math.max(1, Math.round((view[1] - view[0]) / (event.shiftKey ? 20 : 400)));
  const actions = {
    ArrowRight: () => moveTo(at + step), ArrowUp: () => moveTo(at + step), ArrowLeft: () => moveTo(at - step), ArrowDown: () => moveTo(at - step),
    PageUp: () => moveTo(at + 10 * step), PageDown: () => moveTo(at - 10 * step), Home: () => moveTo(0), End: () => moveTo(length - 1),
    "+": () => zoom(0.5), "=": () => zoom(0.5), "-": () => zoom(2), Escape: () => look(0, length), n: () => nextEvent(1), p: () => nextEvent(-1),
  };
  const action = actions[event.key] ?? actions[event.key.toLowerCase()];
  if (action === undefined) return;
  event.preventDefault();
  action();
  moveTo(at);
});
for (const button of document.querySelectorAll("button[data-from]")) {
  button.addEventListener("click", () => {
    const [from, to] = [button.dataset.from, button.dataset.to].map((timeMs) => (Number(timeMs) - start) / bin);
    look(from - (to - from) - 20, 3 * (to - from) + 40);
    moveTo(from);
    document.querySelector("#timeline").scrollIntoView();
    axis.focus({ preventScroll: true });
  });
}
addEventListener("resize", marks);
marks();
`;

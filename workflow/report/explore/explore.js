"use strict";
const find = (id) => document.getElementById(id);
const SVG = "http://www.w3.org/2000/svg";
const state = { region: null, numbers: {}, asked: 0, turn: 0, running: false, pending: false, edit: null };

/* Talking to the program. */

async function ask(path, body) {
  const answer = await fetch(path, body === undefined ? {} : { method: "POST", body: JSON.stringify(body) });
  const found = await answer.json();
  if (!answer.ok) throw new Error(found.error);
  return found;
}

const query = (values) => new URLSearchParams(values).toString();

function tell(error) {
  const message = find("message");
  message.hidden = !error;
  message.textContent = error ? (error instanceof TypeError ? "The program does not answer: it has ended." : error.message) : "";
}

async function watchProgress() {
  while (!find("busy").hidden) {
    const found = await ask("progress").catch(() => null);
    if (found && !find("busy").hidden) find("busy").textContent = found.progress;
    await new Promise((done) => setTimeout(done, 400));
  }
}

function busy(text) {
  const was = !find("busy").hidden;
  find("busy").hidden = !text;
  if (text) find("busy").textContent = text;
  if (text && !was) watchProgress();
}

/* Elements. */

function make(name, attributes = {}, ...children) {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) {
    if (key === "html") made.innerHTML = value;
    else made.setAttribute(key, value);
  }
  made.append(...children);
  return made;
}

function shape(parent, name, attributes, text) {
  const made = document.createElementNS(SVG, name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  if (text !== undefined) made.textContent = text;
  parent.append(made);
  return made;
}

/* The region: its variables and the sliders of its cuts. */

/* The last choice counts, whichever is answered first. */
async function chooseRegion() {
  busy("reading events");
  const turn = state.turn += 1;
  try {
    const region = find("region").value, before = state.region;
    const found = await ask("region?" + query({ region }));
    if (turn !== state.turn) return false;
    state.region = found;
    state.numbers = {};
    // After a reload or an edit the variable stays, in another region it is its own.
    const shown = before ? (before.region === region ? find("variable").value : "") : location.hash.slice(1).split("/")[1];
    find("variable").replaceChildren(...state.region.variables.map((item) => make("option", { value: item.name }, item.label === item.name ? item.name : `${item.name}: ${item.label}`)));
    if (state.region.variables.some((item) => item.name === shown)) find("variable").value = shown;
    find("cuts").replaceChildren(...cutElements(state.region.sliders));
    const others = state.region.conditions.map((text) => make("li", {}, make("code", {}, text)));
    find("conditions").replaceChildren(...(others.length ? [make("p", { class: "caption" }, "Fixed cuts:"), make("ul", {}, ...others)] : []));
    await refresh();
  } catch (error) {
    busy("");
    tell(error);
  }
  return turn === state.turn;
}

/* Under a heading for each object, column and named cut. */
function cutElements(sliders) {
  return sliders.flatMap((slider, place) => {
    const same = place ? sliders[place - 1].group === slider.group : !slider.group;
    return [...(same ? [] : [make("h3", {}, slider.group)]), cutElement(slider, place)];
  });
}

function cutElement(slider, place) {
  const id = `cut${place}`;
  const attributes = { min: slider.low, max: slider.high, step: slider.step };
  const range = make("input", { type: "range", id, ...attributes });
  const box = make("input", { type: "number", step: "any", "aria-label": `${slider.operand} ${slider.order}` });
  const write = make("button", { type: "button", disabled: "" }, "Write this");
  const reset = make("button", { type: "button", disabled: "" }, "Reset");
  const element = make("div", { class: "cut" },
    make("label", { for: id }, make("code", {}, `${slider.operand} ${slider.order}`)),
    range,
    make("div", { class: "range" }, make("span", {}, String(slider.low)), make("span", {}, String(slider.high))),
    make("div", { class: "row" }, box, write, reset));
  const set = (text) => {
    const moved = Number(text) !== Number(slider.number);
    if (moved) state.numbers[place] = text;
    else delete state.numbers[place];
    element.classList.toggle("moved", moved);
    write.disabled = reset.disabled = !moved;
    range.setAttribute("aria-valuetext", text);
    refresh();
  };
  range.value = box.value = slider.number;
  range.addEventListener("input", () => { box.value = rounded(Number(range.value), slider.step); set(box.value); });
  range.addEventListener("keydown", (event) => {
    const jump = { PageUp: 10, PageDown: -10 }[event.key];
    if (!jump) return;
    event.preventDefault();
    range.value = Number(range.value) + jump * slider.step;
    range.dispatchEvent(new Event("input"));
  });
  box.addEventListener("input", () => {
    if (box.value === "" || !Number.isFinite(Number(box.value))) return;
    range.value = box.value;
    set(box.value);
  });
  reset.addEventListener("click", () => { range.value = box.value = slider.number; set(slider.number); box.focus(); });
  write.addEventListener("click", () => askToWrite(place, state.numbers[place]));
  return element;
}

const rounded = (value, step) => String(Number(value.toFixed(Math.max(0, 2 - Math.floor(Math.log10(step))))));

/* The newest position is asked for; those in between are left out. */

async function refresh() {
  if (state.running) { state.pending = true; return; }
  state.running = true;
  do {
    state.pending = false;
    const values = { region: state.region.region, variable: find("variable").value, numbers: JSON.stringify(state.numbers) };
    history.replaceState(null, "", `#${values.region}/${values.variable}`);
    const slow = setTimeout(() => busy("reading events"), 500);
    try {
      show(await ask("moved?" + query(values)));
      tell(null);
    } catch (error) {
      tell(error);
    }
    clearTimeout(slow);
  } while (state.pending);
  state.running = false;
  busy("");
  clearTimeout(state.resting);
  state.resting = setTimeout(showLimits, 300);
}

/* Expected limits follow when the cuts rest. */
async function showLimits() {
  const turn = state.asked, values = { region: state.region.region, numbers: JSON.stringify(state.numbers) };
  find("reason").textContent = "computing";
  const found = await ask("limits?" + query(values)).catch((error) => ({ rows: [], reason: error.message }));
  if (turn !== state.asked) return;
  find("reason").textContent = found.reason;
  find("limits").hidden = !found.rows.length && !found.reason;
  table("expected", ["signal", "limit, these cuts", "cuts of the file", "significance, these cuts", "cuts of the file"], found.rows.map((row) => [row.label, ...row.limits, ...row.significances]));
}

function show(found) {
  state.asked += 1;
  document.documentElement.dataset.shown = state.asked;
  draw(found.plot);
  find("plot").hidden = find("tables").hidden = false;
  find("shared").hidden = !found.hidden;
  find("shared").textContent = found.hidden;
  table("signals", ["signal", "events", "S/B", "S/√B", "significance"], found.signals.map((row) => [row.label, row.events, row.ratio ?? "–", row.root ?? "–", row.significance ?? "–"]));
  table("cutflow", ["cut", ...found.cutflow.columns], found.cutflow.rows.map((row) => [`<code>${row.cut}</code>`, ...row.cells]));
  const { axis, total, data } = found.plot;
  table("numbers", ["from", "to", "background", "data"], axis.edges.slice(0, -1).map((edge, bin) => [
    String(edge), String(axis.edges[bin + 1]),
    total ? `${total.events[bin].toPrecision(4)} ± ${total.uncertainty[bin].toPrecision(2)}` : "–",
    data ? (data.events[bin] === null ? "BLINDED" : String(data.events[bin])) : "–"]));
}

/* Texts are HTML that the program has escaped. */
function table(id, head, rows) {
  const cell = (kind, text, more = {}) => make(kind, { html: text, ...more });
  find(id).replaceChildren(
    make("thead", {}, make("tr", {}, ...head.map((text) => cell("th", text, { scope: "col" })))),
    make("tbody", {}, ...rows.map((row) => make("tr", {}, ...row.map((text) => cell("td", text))))));
}

/* The plot. */

const LEFT = 78, RIGHT = 786, TOP = 14, INK = "#1d2428";

function draw(plot) {
  find("experiment").textContent = plot.experiment;
  find("beam").textContent = plot.beam;
  find("marks").replaceChildren(...plot.marks.map((mark) => make("span", {}, mark)));
  find("xlabel").innerHTML = plot.axis.label;
  find("words").textContent = plot.words;
  legend(plot);
  const svg = find("drawing");
  svg.replaceChildren();
  const hatch = shape(shape(svg, "defs", {}), "pattern", { id: "hatch", width: 7, height: 7, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" });
  shape(hatch, "rect", { width: 1.4, height: 7, fill: "#55555a" });
  const bottom = plot.ratio ? 396 : 520;
  const x = scale(plot.axis.edges[0], plot.axis.edges.at(-1), LEFT, RIGHT, plot.log_x);
  const [low, high] = heights(plot);
  const y = scale(low, high, bottom, TOP, plot.log_y);
  stack(svg, plot, x, y, bottom);
  points(svg, plot.data && { ...plot.data, middle: plot.data.drawn, low: plot.data.drawn_low, high: plot.data.drawn_high }, plot, x, y);
  blinded(svg, plot, x, bottom);
  const title = document.createElementNS(SVG, "foreignObject");
  frame(svg, bottom, TOP, x, y, plot.ratio === null);
  shape(svg, "text", { transform: `translate(18 ${(TOP + bottom) / 2}) rotate(-90)`, "text-anchor": "middle", fill: INK }, plot.y_label);
  for (const [key, value] of Object.entries({ x: LEFT + 12, y: TOP + 6, width: 320, height: 60 })) title.setAttribute(key, value);
  title.append(make("div", { html: plot.title }));
  svg.append(title);
  if (plot.ratio) ratio(svg, plot, x);
}

function scale(from, to, start, stop, log) {
  const bend = log ? Math.log : Number;
  const made = (value) => start + (stop - start) * (bend(Math.max(value, log ? 0.9 * from : -Infinity)) - bend(from)) / (bend(to) - bend(from));
  return Object.assign(made, { from, to, log });
}

function heights(plot) {
  const tops = [...plot.lines.flatMap((line) => line.drawn), ...(plot.data ? plot.data.drawn_high : [])];
  if (plot.total) tops.push(...plot.total.drawn.map((value, bin) => value + plot.total.drawn_uncertainty[bin]));
  const highest = Math.max(...tops.filter((value) => value !== null && value > 0), 1e-9);
  if (!plot.log_y) return [0, 1.3 * highest];
  const seen = (plot.total ? plot.total.drawn : tops).filter((value) => value > highest * 1e-6);
  const lowest = 0.4 * Math.min(...seen, highest);
  return [lowest, highest * Math.max(4, (highest / lowest) ** 0.3)];
}

function steps(edges, upper, lower, x, y) {
  const line = (values, order) => order.flatMap((bin) => {
    const ends = [x(edges[bin]), x(edges[bin + 1])];
    return (order[0] === 0 ? ends : ends.reverse()).map((place) => `${place.toFixed(2)} ${y(values[bin]).toFixed(2)}`);
  });
  const bins = upper.map((_, bin) => bin);
  const back = lower ? line(lower, [...bins].reverse()) : [];
  // One bin: its lower line has to go back, too.
  if (lower && bins.length === 1) back.reverse();
  return `M${[...line(upper, bins), ...back].join("L")}${lower ? "Z" : ""}`;
}

function stack(svg, plot, x, y, bottom) {
  const edges = plot.axis.edges;
  let below = edges.slice(1).map(() => 0);
  plot.stacked.forEach((layer, place) => {
    const above = below.map((value, bin) => value + layer.drawn[bin]);
    shape(svg, "path", { d: steps(edges, above, below, x, y), fill: plot.layers[place].color, stroke: INK, "stroke-width": 0.6, "data-sample": layer.sample });
    below = above;
  });
  if (plot.total) {
    const { drawn, drawn_uncertainty: error } = plot.total;
    const [high, low] = [1, -1].map((sign) => drawn.map((value, bin) => value + sign * error[bin]));
    shape(svg, "path", { d: steps(edges, high, low, x, y), fill: "url(#hatch)" });
  }
  plot.lines.forEach((line, place) => shape(svg, "path", { d: steps(edges, line.drawn, null, x, y), fill: "none", stroke: plot.signals[place].color, "stroke-width": 2.4 }));
  // Bars of a logarithmic axis end below it.
  shape(svg, "rect", { x: LEFT - 2, y: bottom, width: RIGHT - LEFT + 4, height: 560 - bottom, fill: "#ffffff" });
}

function points(svg, values, plot, x, y) {
  if (!values) return;
  values.middle.forEach((middle, bin) => {
    if (middle === null || values.high[bin] === null) return;
    const [from, to] = plot.axis.edges.slice(bin, bin + 2);
    const place = plot.log_x ? x(Math.sqrt(from * to)) : x((from + to) / 2);
    const ends = [values.low[bin], values.high[bin]].map((value) => y(Math.min(Math.max(value, y.from), y.to)));
    if (middle > 0 || (plot.total && plot.total.events[bin] > 0.05)) shape(svg, "line", { x1: place, x2: place, y1: ends[0], y2: ends[1], stroke: "#000000", "stroke-width": 1.4 });
    if (middle > y.from && middle <= y.to) shape(svg, "circle", { cx: place, cy: y(middle), r: 4, class: "data" });
  });
}

function blinded(svg, plot, x, bottom) {
  const flags = (plot.data && plot.data.blinded) || [];
  const hidden = flags.map((flag, bin) => bin).filter((bin) => flags[bin]);
  for (const bin of hidden) {
    const [from, to] = plot.axis.edges.slice(bin, bin + 2).map(x);
    shape(svg, "rect", { x: from, y: TOP, width: to - from, height: bottom - TOP, fill: "#717581", "fill-opacity": 0.25, class: "blinded" });
  }
  if (!hidden.length) return;
  const middle = (x(plot.axis.edges[hidden[0]]) + x(plot.axis.edges[hidden.at(-1) + 1])) / 2;
  shape(svg, "text", { x: middle, y: bottom - 100, "text-anchor": "middle", fill: "#bd1f01", "font-size": 28, "font-weight": 700 }, "BLINDED");
}

function ticks(axis, most) {
  if (axis.log) {
    const powers = [];
    for (let power = Math.ceil(Math.log10(axis.from) - 1e-9); power <= Math.log10(axis.to) + 1e-9; power += 1) powers.push(10 ** power);
    if (powers.length > 2) return powers.filter((_, place) => place % Math.ceil(powers.length / 8) === 0);
    const found = [];
    for (let power = 10 ** Math.floor(Math.log10(axis.from)); power <= axis.to; power *= 10) for (const factor of [1, 2, 3, 5]) found.push(factor * power);
    return found.filter((value) => value >= axis.from && value <= axis.to);
  }
  const rough = (axis.to - axis.from) / most, power = 10 ** Math.floor(Math.log10(rough));
  const step = power * [1, 2, 2.5, 5, 10].find((factor) => factor * power >= rough * (1 - 1e-9));
  const found = [];
  for (let place = Math.ceil(axis.from / step - 1e-9); place * step <= axis.to + step * 1e-9; place += 1) found.push(place * step);
  return found;
}

const numeral = (value) => {
  const text = String(Number(value.toPrecision(6))), size = Math.abs(value);
  return size && (size >= 1e6 || size < 1e-3) ? value.toExponential(0).replace("e+", "e") : text.replace("-", "−");
};

function frame(svg, bottom, top, x, y, labels, most = 6) {
  const ink = { stroke: INK, "stroke-width": 1.3 };
  shape(svg, "rect", { x: LEFT, y: top, width: RIGHT - LEFT, height: bottom - top, fill: "none", ...ink });
  for (const value of ticks(x, 8)) {
    shape(svg, "line", { x1: x(value), x2: x(value), y1: bottom, y2: bottom - 8, ...ink });
    if (labels) shape(svg, "text", { x: x(value), y: bottom + 20, "text-anchor": "middle", fill: INK }, numeral(value));
  }
  for (const value of ticks(y, most)) {
    shape(svg, "line", { x1: LEFT, x2: LEFT + 8, y1: y(value), y2: y(value), ...ink });
    shape(svg, "text", { x: LEFT - 8, y: y(value) + 5, "text-anchor": "end", fill: INK }, numeral(value));
  }
}

function ratio(svg, plot, x) {
  const { values, low, high, band } = plot.ratio, edges = plot.axis.edges, [top, bottom] = [412, 520];
  const away = Math.max(0, ...values.filter((value) => value !== null).map((value) => Math.abs(value - 1)));
  const reach = [0.25, 0.5, 1, 2, 3].find((size) => away < 0.95 * size) ?? 3;
  const y = scale(Math.max(0, 1 - reach), 1 + reach, bottom, top, false), inside = (value) => Math.min(Math.max(value, y.from), y.to);
  const sides = [1, -1].map((sign) => band.map((value) => inside(1 + sign * (value ?? 0))));
  shape(svg, "path", { d: steps(edges, sides[0], sides[1], x, y), fill: "url(#hatch)" });
  shape(svg, "line", { x1: LEFT, x2: RIGHT, y1: y(1), y2: y(1), stroke: INK });
  points(svg, { middle: values, low, high }, plot, x, y);
  frame(svg, bottom, top, x, y, true, 3);
  shape(svg, "text", { transform: `translate(18 ${(top + bottom) / 2}) rotate(-90)`, "text-anchor": "middle", fill: INK }, "Data / pred.");
}

function legend(plot) {
  const entry = (label, fill) => {
    const icon = document.createElementNS(SVG, "svg");
    icon.setAttribute("viewBox", "0 0 22 14");
    icon.setAttribute("aria-hidden", "true");
    fill(icon);
    return make("li", {}, icon, make("span", { html: label }));
  };
  const box = (fill) => (icon) => shape(icon, "rect", { x: 1, y: 1, width: 20, height: 12, fill, stroke: INK, "stroke-width": 0.6 });
  const items = [];
  if (plot.data && plot.data.events.some((value) => value !== null)) items.push(entry(plot.data.label, (icon) => { shape(icon, "line", { x1: 11, x2: 11, y1: 0, y2: 14, stroke: "#000000", "stroke-width": 1.4 }); shape(icon, "circle", { cx: 11, cy: 7, r: 4 }); }));
  items.push(...plot.layers.map((layer) => entry(layer.label, box(layer.color))).reverse());
  items.push(...plot.signals.map((line) => entry(line.label, (icon) => shape(icon, "line", { x1: 0, x2: 22, y1: 7, y2: 7, stroke: line.color, "stroke-width": 2.4 }))));
  if (plot.total) items.push(entry(plot.total.label, box("url(#hatch)")));
  find("legend").replaceChildren(...items);
}

/* Writing a number into the file. */

async function askToWrite(place, number) {
  try {
    const found = await ask("edit", { region: state.region.region, place, number });
    state.edit = { region: state.region.region, place, number };
    find("path").textContent = found.path;
    find("diff").textContent = found.diff.join("\n");
    find("dialog").showModal();
    tell(null);
  } catch (error) {
    tell(error);
  }
}

async function change(path, body) {
  try {
    const found = await ask(path, body);
    const kept = { ...state.numbers };
    if (path === "write") delete kept[body.place];
    find("written").textContent = found.told;
    find("undo").disabled = !found.undo;
    if (!await chooseRegion()) return;
    for (const [place, number] of Object.entries(kept)) {
      const box = find("cuts").children[place]?.querySelector("input[type=number]");
      if (box) { box.value = number; box.dispatchEvent(new Event("input")); }
    }
  } catch (error) {
    tell(error);
  }
}

find("write").addEventListener("click", () => { find("dialog").close(); change("write", state.edit); });
find("cancel").addEventListener("click", () => find("dialog").close());
find("undo").addEventListener("click", () => change("undo", {}));
find("region").addEventListener("change", chooseRegion);
find("variable").addEventListener("change", () => refresh());
const known = [...find("region").options].map((option) => option.value), wanted = location.hash.slice(1).split("/")[0];
if (known.includes(wanted)) find("region").value = wanted;
watchProgress();
chooseRegion();

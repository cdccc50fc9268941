// The ball on the page: f(x) returns [value, slope]; everything else is measured in the picture's own coordinates.
"use strict";
(() => {
  const settings = JSON.parse(document.getElementById("settings").textContent);
  const part = (id) => document.getElementById(id);
  const [above, below] = settings.panels;
  const LEFT = 64, RIGHT = 944, RADIUS = 14, REACH = 150, MOST = 500;
  const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
  const width = settings.x[1] - settings.x[0];
  let x = settings.start, rate = settings.rate, count = 0, timer = 0, frame = 0;

  const across = (u) => LEFT + ((u - settings.x[0]) / width) * (RIGHT - LEFT);
  const up = (panel, v) => panel.bottom - ((v - panel.low) / (panel.high - panel.low)) * (panel.bottom - panel.top);

  // A number as one says it: three significant digits, a true minus sign.
  const say = (v, digits = 3) => {
    if (Number.isNaN(v)) return "undefined";
    if (!Number.isFinite(v)) return v > 0 ? "∞" : "−∞";
    const size = Math.abs(v);
    let text = size !== 0 && (size < 1e-4 || size >= 1e5) ? v.toExponential(digits - 1) : String(Number(v.toPrecision(digits)));
    text = text.replace(/e\+?(-?\d+)/, (_, power) => "·10" + [...power].map((c) => "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"["-0123456789".indexOf(c)]).join(""));
    return text.replace("-", "−");
  };

  function draw() {
    const [value, slope] = f(x);
    const px = across(x), py = up(above, value);
    const scale = (above.bottom - above.top) / (above.high - above.low) / ((RIGHT - LEFT) / width);
    const steep = Number.isFinite(slope) ? -slope * scale : 0;
    const length = Math.hypot(1, steep), tx = 1 / length, ty = steep / length; // along the tangent, in the picture
    part("ball").setAttribute("transform", `translate(${px + RADIUS * ty} ${py - RADIUS * tx})`);
    part("tangent").setAttribute("d", Number.isFinite(slope)
      ? `M${px - REACH * tx} ${py - REACH * ty}L${px + REACH * tx} ${py + REACH * ty}` : "");
    const shown = Number.isFinite(slope) && slope >= below.low && slope <= below.high;
    part("plumb").setAttribute("d", `M${px} ${py}V${shown ? up(below, slope) : above.bottom}`);
    part("dot").setAttribute("visibility", shown ? "visible" : "hidden");
    if (shown) { part("dot").setAttribute("cx", px); part("dot").setAttribute("cy", up(below, slope)); }
    point(px, slope);
    const side = Math.abs(ty) < 0.3 ? 0 : ty < 0 ? -1 : 1;
    const figure = part("figure");
    figure.textContent = Number.isFinite(slope) ? `slope ${say(slope)}` : "no slope";
    const edge = px < 180 ? 1 : px > 820 ? -1 : side;
    figure.setAttribute("text-anchor", edge < 0 ? "end" : edge > 0 ? "start" : "middle");
    figure.setAttribute("x", px + edge * 26);
    figure.setAttribute("y", Math.max(py - 2 * RADIUS - 12, above.top + 16));
    const ball = part("ball");
    ball.setAttribute("aria-valuemin", settings.x[0]);
    ball.setAttribute("aria-valuemax", settings.x[1]);
    ball.setAttribute("aria-valuenow", Number(x.toPrecision(4)));
    const way = slope > 0 ? ", downhill is left" : slope < 0 ? ", downhill is right" : ", level";
    ball.setAttribute("aria-valuetext", `${settings.variable} ${say(x)}, value ${say(value)}, slope ${say(slope)}${way}`);
    part("rate-shown").textContent = say(rate);
  }

  // The arrow on the x-axis is the next step: minus the slope times the learning rate.
  function point(px, slope) {
    const tip = Math.min(Math.max(across(x - rate * slope), LEFT), RIGHT), reach = tip - px;
    const seen = Number.isFinite(reach) && Math.abs(reach) > 1;
    const head = Math.min(16, Math.abs(reach)) * Math.sign(reach), y = above.bottom;
    part("arrow").setAttribute("d", seen ? `M${px} ${y}H${tip - head * 0.8}` : "");
    part("head").setAttribute("d", seen ? `M${tip} ${y}L${tip - head} ${y - Math.abs(head) * 0.55}V${y + Math.abs(head) * 0.55}z` : "");
  }

  function step() {
    const [value, slope] = f(x), next = x - slope * rate;
    if (!Number.isFinite(slope)) return stop("There is no slope here: nowhere is down.");
    const row = part("rows").insertRow();
    for (const cell of [count, say(x), say(value), say(slope), say(next)]) row.insertCell().textContent = cell;
    const table = row.closest(".scroll"); // not scrollIntoView, which would move the page away from the picture
    table.scrollTop = table.scrollHeight;
    const mark = document.createElementNS("http://www.w3.org/2000/svg", "circle");
    mark.setAttribute("cx", across(x)); mark.setAttribute("cy", up(above, value)); mark.setAttribute("r", 5);
    part("trail").append(mark);
    count += 1;
    if (!(next >= settings.x[0] && next <= settings.x[1])) {
      return stop(`Step ${count} leaves the picture, to ${settings.variable} = ${say(next)}: the learning rate is too large here.`);
    }
    if (!Number.isFinite(f(next)[0])) return stop(`At ${settings.variable} = ${say(next)} there is no curve.`);
    roll(next);
    if (Math.abs(f(next)[1]) < 1e-6) return stop(`Level after ${count} steps, at ${settings.variable} = ${say(next)}.`);
    if (count >= MOST) return stop(`${MOST} steps; the slope is still ${say(f(next)[1])}.`);
    part("status").textContent = "";
  }

  // Roll to the next point; it counts as there at once, so that a quick second step starts from the right place.
  function roll(next) {
    cancelAnimationFrame(frame);
    const from = x, began = performance.now();
    x = next;
    if (still || Math.abs(across(next) - across(from)) < 2) return draw();
    const move = (now) => {
      const done = Math.min(Math.max((now - began) / 260, 0), 1);
      x = from + ((next - from) * (1 - Math.cos(Math.PI * done))) / 2;
      draw();
      x = next;
      if (done < 1) frame = requestAnimationFrame(move);
    };
    frame = requestAnimationFrame(move);
  }

  function stop(why) {
    clearInterval(timer);
    timer = 0;
    part("run").textContent = "Run";
    part("status").textContent = why;
  }

  function reset(place) {
    stop("");
    cancelAnimationFrame(frame);
    x = place;
    count = 0;
    part("rows").textContent = "";
    part("trail").textContent = "";
    draw();
  }

  function put(place) {
    place = Math.min(Math.max(place, settings.x[0]), settings.x[1]);
    if (Number.isFinite(f(place)[0])) reset(place);
  }

  part("step").onclick = step;
  part("reset").onclick = () => reset(settings.start);
  part("run").onclick = () => {
    if (timer) return stop("");
    part("run").textContent = "Pause";
    timer = setInterval(step, 330);
  };
  part("rate").oninput = (event) => { rate = Number(event.target.value); draw(); };
  const ball = part("ball");
  const under = (event) => {
    const box = part("picture").getBoundingClientRect();
    return settings.x[0] + (((event.clientX - box.left) / box.width) * 960 - LEFT) / (RIGHT - LEFT) * width;
  };
  ball.onpointerdown = (event) => { ball.setPointerCapture(event.pointerId); ball.focus(); event.preventDefault(); };
  ball.onpointermove = (event) => { if (ball.hasPointerCapture(event.pointerId)) put(under(event)); };
  ball.onkeydown = (event) => {
    const ways = { ArrowLeft: -1, ArrowDown: -1, ArrowRight: 1, ArrowUp: 1, PageDown: -10, PageUp: 10 };
    if (event.key in ways) put(x + (ways[event.key] * (event.shiftKey ? 5 : 1) * width) / 200);
    else if (event.key === "Home") put(settings.x[0]);
    else if (event.key === "End") put(settings.x[1]);
    else if (event.key === "Enter" || event.key === " ") step();
    else return;
    event.preventDefault();
  };
  rate = Number(part("rate").value);
  draw();
})();

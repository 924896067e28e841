/** Pictures: our own small description of a chart (see charts.py) drawn by ECharts with the page's colours. */
import { BarChart, CustomChart, HeatmapChart, LineChart, SankeyChart } from "echarts/charts";
import { GridComponent, MarkLineComponent, TooltipComponent, VisualMapComponent } from "echarts/components";
import { init, use, type ECharts } from "echarts/core";
import { CanvasRenderer } from "echarts/renderers";
import type { CustomSeriesRenderItemAPI, CustomSeriesRenderItemReturn } from "echarts";
import { language, word } from "./dom";

use([BarChart, CustomChart, HeatmapChart, LineChart, SankeyChart, GridComponent, MarkLineComponent, TooltipComponent, VisualMapComponent, CanvasRenderer]);

/** An ECharts option: its own types know only whole ECharts, not a trimmed one. */
type Option = Record<string, any>;
type Figure = number | null;

interface Series {
  name: string;
  values: Figure[];
  low: Figure[];
  high: Figure[];
  dashed: boolean;
  tones: string[];
}

interface Spec {
  kind: "line" | "bars" | "stacked" | "rows" | "intervals" | "heat" | "sankey" | "raw";
  title: string;
  labels: string[];
  rows: string[];
  series: Series[];
  unit: string;
  currency: string;
  xTitle: string;
  yTitle: string;
  links: string[];
  marks: [string, string][];
  cells: string[];
  colours: string[];
  option: Option;
}

interface Look {
  text: string;
  soft: string;
  line: string;
  ground: string;
  series: string[];
  heat: string[];
  good: string;
  bad: string;
  font: string;
}

export function mount(figure: HTMLElement, spec: Spec): void {
  const place = figure.querySelector<HTMLElement>(".chart-picture")!;
  place.style.height = `${heightOf(place, spec)}px`;
  const chart = init(place, null, { renderer: "canvas" });
  const draw = () => {
    const option = optionOf(spec, look(), place.clientWidth);
    chart.setOption(option, true);
    key(figure, spec, Boolean(option.labelled));
  };
  draw();
  new ResizeObserver(() => {
    chart.resize();
    draw();
  }).observe(place);
  new MutationObserver(draw).observe(document.documentElement, { attributes: true, attributeFilter: ["data-bs-theme"] });
  follow(chart, spec);
  tableKey(figure);
}

/** Names of the series in their colours, where there is no room to write them at the lines. */
function key(figure: HTMLElement, spec: Spec, labelled: boolean): void {
  figure.querySelector(".chart-key")?.remove();
  if (labelled || spec.series.length < 2 || !["line", "bars", "stacked", "rows"].includes(spec.kind)) return;
  const line = Object.assign(document.createElement("p"), { className: "chart-key", ariaHidden: "true" });
  line.append(...spec.series.map((series, at) => Object.assign(document.createElement("span"), { className: `key-${(at % 6) + 1}`, textContent: series.name })));
  figure.querySelector(".chart-picture")!.before(line);
}

function heightOf(place: HTMLElement, spec: Spec): number {
  if (spec.kind === "rows" || spec.kind === "intervals") return Math.max(90, spec.labels.length * 30 + (spec.xTitle ? 56 : spec.kind === "rows" && spec.series.length === 1 ? 14 : 36));
  return Number(place.dataset.height) || 260;
}

function look(): Look {
  const style = getComputedStyle(document.documentElement);
  const of = (name: string) => style.getPropertyValue(name).trim();
  return {
    text: of("--p-text"),
    soft: of("--p-soft"),
    line: of("--p-line"),
    ground: of("--p-ground"),
    series: [1, 2, 3, 4, 5, 6].map((n) => of(`--p-series-${n}`)),
    heat: [of("--p-heat-1"), of("--p-heat-2"), of("--p-heat-3")],
    good: of("--p-good"),
    bad: of("--p-bad"),
    font: getComputedStyle(document.body).fontFamily,
  };
}

function optionOf(spec: Spec, look: Look, width: number): Option {
  const common: Option = {
    animation: !matchMedia("(prefers-reduced-motion: reduce)").matches,
    animationDuration: 250,
    textStyle: { fontFamily: look.font, fontSize: 12, color: look.soft },
    color: look.series,
    tooltip: { ...tooltip(look), trigger: "axis" },
  };
  switch (spec.kind) {
    case "raw":
      return { ...common, ...spec.option };
    case "heat":
      return { ...common, ...heat(spec, look) };
    case "sankey":
      return { ...common, ...sankey(spec, look, width) };
    case "rows":
      return { ...common, ...rows(spec, look) };
    case "intervals":
      return { ...common, ...intervals(spec, look, width) };
    default:
      return { ...common, ...upright(spec, look, width) };
  }
}

/* ── Figures in words ── */

function figure(value: Figure, spec: Spec): string {
  if (value === null || value === undefined) return "—";
  const options: Intl.NumberFormatOptions =
    spec.unit === "percent"
      ? { style: "percent", maximumFractionDigits: 1 }
      : spec.unit === "money" && spec.currency
        ? { style: "currency", currency: spec.currency, currencyDisplay: "narrowSymbol", maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 }
        : { maximumFractionDigits: Math.abs(value) < 100 ? 2 : 0 };
  return new Intl.NumberFormat(language, options).format(value).replace("-", "−");
}

function short(value: number, spec: Spec): string {
  if (spec.unit === "percent") return new Intl.NumberFormat(language, { style: "percent", maximumFractionDigits: 1 }).format(value);
  const size = Math.abs(value);
  const plain = (n: number) => new Intl.NumberFormat(language, { maximumFractionDigits: 1 }).format(n).replace("-", "−");
  if (size >= 1e6) return `${plain(value / 1e6)}\u00a0${word("millions")}`;
  if (size >= 1e4) return `${plain(value / 1e3)}\u00a0${word("thousands")}`;
  return plain(value);
}

/* ── Shared parts ── */

function tooltip(look: Look): Option {
  return { backgroundColor: look.ground, borderColor: look.line, padding: [6, 10], confine: true, transitionDuration: 0, renderMode: "html", textStyle: { color: look.text, fontSize: 12 }, extraCssText: "" };
}

/** A tooltip made of elements: a string of HTML with styles would be refused by the page's content policy. */
function told(lines: [string, string][], title: string): HTMLElement {
  const box = document.createElement("div");
  box.className = "chart-tip";
  const head = document.createElement("b");
  head.textContent = title;
  box.append(head);
  for (const [name, value] of lines) {
    const line = document.createElement("div");
    const [left, right] = [document.createElement("span"), document.createElement("span")];
    left.textContent = name;
    right.textContent = value;
    line.append(left, right);
    box.append(line);
  }
  return box;
}

const valueWith = (spec: Spec, series: Series, at: number) => {
  const shown = figure(series.values[at] ?? null, spec);
  return series.low[at] == null ? shown : `${shown} (${figure(series.low[at], spec)} … ${figure(series.high[at] ?? null, spec)})`;
};

const seriesTip = (spec: Spec) => (params: { dataIndex: number }[] | { dataIndex: number }) => {
  const at = (Array.isArray(params) ? params[0] : params)?.dataIndex ?? 0;
  return told(spec.series.map((s) => [s.name, valueWith(spec, s, at)]), spec.labels[at] ?? "");
};

const unitTitle = (spec: Spec) => spec.yTitle || (["money", "number", "percent"].includes(spec.unit) ? (spec.unit === "money" ? symbol(spec.currency) : "") : spec.unit);

function symbol(currency: string): string {
  if (!currency) return "";
  return new Intl.NumberFormat(language, { style: "currency", currency, currencyDisplay: "narrowSymbol" }).formatToParts(0).find((part) => part.type === "currency")?.value ?? currency;
}

const names = (look: Look, more: Option = {}): Option => ({
  axisLine: { lineStyle: { color: look.line } },
  axisTick: { show: false },
  axisLabel: { color: look.soft, fontSize: 12, hideOverlap: true },
  nameTextStyle: { color: look.soft, fontSize: 12 },
  ...more,
});

const figures = (spec: Spec, look: Look, more: Option = {}): Option => ({
  type: "value",
  axisLine: { show: false },
  axisTick: { show: false },
  splitNumber: 4,
  splitLine: { lineStyle: { color: look.line, width: 1 } },
  axisLabel: { color: look.soft, fontSize: 12, formatter: (value: number) => short(value, spec), hideOverlap: true },
  nameTextStyle: { color: look.soft, fontSize: 12 },
  ...more,
});

/* ── Kinds ── */

function upright(spec: Spec, look: Look, width: number): Option {
  const line = spec.kind === "line";
  const many = spec.series.length > 1;
  const longest = Math.max(...spec.series.map((s) => s.name.length));
  const labelled = many && line && width - longest * 7 > 240;
  const title = unitTitle(spec);
  return {
    labelled,
    tooltip: { ...tooltip(look), trigger: "axis", axisPointer: { type: line ? "line" : "shadow", lineStyle: { color: look.line }, shadowStyle: { color: look.line, opacity: 0.35 } }, formatter: seriesTip(spec) },
    grid: { left: 4, right: labelled ? Math.min(150, longest * 7 + 14) : 12, top: title ? 30 : 12, bottom: spec.xTitle ? 26 : 6, containLabel: true },
    xAxis: names(look, { type: "category", data: spec.labels, boundaryGap: !line, name: spec.xTitle, nameLocation: "middle", nameGap: 28 }),
    yAxis: figures(spec, look, { name: title, nameLocation: "end", nameGap: 10, nameTextStyle: { color: look.soft, align: "left", fontSize: 12 } }),
    series: spec.series.flatMap((series, at) => {
      const colour = look.series[at % look.series.length];
      const shared: Option = { name: series.name, data: series.values, itemStyle: { color: colour }, cursor: spec.links.length ? "pointer" : "default", emphasis: { disabled: !spec.links.length } };
      if (!line) return [{ ...shared, type: "bar", stack: spec.kind === "stacked" ? "all" : undefined, barMaxWidth: 36, barGap: "15%", markLine: at ? undefined : marks(spec, look), label: !many && spec.labels.length <= 12 && width > 420 ? { show: true, position: "top", color: look.text, fontSize: 12, formatter: ({ value }: { value: number }) => short(value, spec) } : undefined }];
      const drawn: Option = {
        ...shared,
        type: "line",
        showSymbol: spec.labels.length <= 15,
        symbolSize: 5,
        smooth: false,
        lineStyle: { color: colour, width: 2, type: series.dashed ? "dashed" : "solid" },
        endLabel: labelled ? { show: true, formatter: "{a}", color: colour, fontSize: 12 } : undefined,
        markLine: at ? undefined : marks(spec, look),
        z: 3,
      };
      return series.low.length ? [...band(series, colour), drawn] : [drawn];
    }),
  };
}

function band(series: Series, colour: string): Option[] {
  const shared: Option = { type: "line", silent: true, symbol: "none", stack: `band ${series.name}`, stackStrategy: "all", lineStyle: { opacity: 0 }, z: 1, tooltip: { show: false } };
  const width = series.low.map((low, at) => (low == null || series.high[at] == null ? null : series.high[at]! - low));
  return [
    { ...shared, data: series.low },
    { ...shared, data: width, areaStyle: { color: colour, opacity: 0.16 } },
  ];
}

function marks(spec: Spec, look: Look): Option | undefined {
  if (!spec.marks.length) return undefined;
  return {
    silent: true,
    symbol: "none",
    lineStyle: { color: look.soft, type: "dashed" },
    data: spec.marks.map(([label, text]) => ({ xAxis: label, label: { formatter: text, color: look.text, fontSize: 12, position: "insideEndTop" } })),
  };
}

function rows(spec: Spec, look: Look): Option {
  const single = spec.series.length === 1;
  return {
    tooltip: { ...tooltip(look), trigger: "axis", axisPointer: { type: "shadow", shadowStyle: { color: look.line, opacity: 0.35 } }, formatter: seriesTip(spec) },
    grid: { left: 4, right: single ? 64 : 16, top: 6, bottom: spec.xTitle ? 24 : 4, containLabel: true },
    xAxis: figures(spec, look, { name: spec.xTitle, nameLocation: "middle", nameGap: 26, axisLabel: single ? { show: false } : { color: look.soft, formatter: (v: number) => short(v, spec) }, splitLine: { show: !single, lineStyle: { color: look.line } } }),
    yAxis: names(look, { type: "category", data: spec.labels, inverse: true, axisLine: { show: false }, axisLabel: { color: look.text, fontSize: 12, width: 190, overflow: "truncate" } }),
    series: spec.series.map((series, at) => ({
      type: "bar",
      name: series.name,
      data: series.values,
      barMaxWidth: 16,
      itemStyle: { color: look.series[at % look.series.length], borderRadius: [0, 2, 2, 0] },
      cursor: spec.links.length ? "pointer" : "default",
      label: single ? { show: true, position: "right", color: look.text, fontSize: 12, formatter: ({ value }: { value: number }) => short(value, spec) } : undefined,
    })),
  };
}

function intervals(spec: Spec, look: Look, width: number): Option {
  const series = spec.series[0]!;
  const colourOf = (at: number) => ({ good: look.good, bad: look.bad })[series.tones[at] ?? ""] ?? look.soft;
  const draw = (_: unknown, api: CustomSeriesRenderItemAPI): CustomSeriesRenderItemReturn => {
    const row = api.value(1) as number;
    const [low, middle, high] = [api.coord([api.value(2), row]), api.coord([api.value(0), row]), api.coord([api.value(3), row])] as [number[], number[], number[]];
    const colour = colourOf(row);
    const stroke = (x1: number, y1: number, x2: number, y2: number, lineWidth = 2) => ({ type: "line" as const, shape: { x1, y1, x2, y2 }, style: { stroke: colour, lineWidth } });
    const y = middle[1]!;
    return {
      type: "group",
      children: [
        stroke(low[0]!, y, high[0]!, y),
        stroke(low[0]!, y - 5, low[0]!, y + 5),
        stroke(high[0]!, y - 5, high[0]!, y + 5),
        { type: "circle", shape: { cx: middle[0]!, cy: y, r: 4.5 }, style: { fill: colour } },
      ],
    };
  };
  return {
    tooltip: { ...tooltip(look), trigger: "item", formatter: ({ dataIndex }: { dataIndex: number }) => told([[series.name, valueWith(spec, series, dataIndex)]], spec.labels[dataIndex] ?? "") },
    grid: { left: 4, right: 20, top: 8, bottom: spec.xTitle ? 26 : 6, containLabel: true },
    xAxis: figures(spec, look, { name: spec.xTitle, nameLocation: "middle", nameGap: 28 }),
    yAxis: names(look, { type: "category", data: spec.labels, inverse: true, axisLine: { show: false }, axisLabel: { color: look.text, fontSize: 12, width: Math.min(280, width * 0.4), overflow: "truncate" } }),
    series: [
      {
        type: "custom",
        renderItem: draw,
        encode: { x: [2, 0, 3], y: 1 },
        data: series.values.map((value, at) => [value, at, series.low[at] ?? value, series.high[at] ?? value]),
        markLine: { silent: true, symbol: "none", label: { show: false }, lineStyle: { color: look.text, type: "solid", width: 1 }, data: [{ xAxis: 0 }] },
      },
    ],
  };
}

function heat(spec: Spec, look: Look): Option {
  const cells = spec.series.flatMap((row, y) => row.values.map((value, x) => [x, y, value]));
  const most = Math.max(...cells.map((cell) => (cell[2] as number) ?? 0), 1);
  return {
    tooltip: { ...tooltip(look), trigger: "item", formatter: ({ value: [x, y, v] }: { value: [number, number, Figure] }) => told([[spec.cells[y * spec.labels.length + x] ?? spec.title, figure(v, spec)]], `${spec.rows[y]} · ${spec.labels[x]}`) },
    grid: { left: spec.yTitle ? 24 : 4, right: 8, top: 6, bottom: spec.xTitle ? 24 : 4, containLabel: true },
    xAxis: names(look, { type: "category", data: spec.labels, name: spec.xTitle, nameLocation: "middle", nameGap: 26, axisLine: { show: false } }),
    yAxis: names(look, { type: "category", data: spec.rows, inverse: true, axisLine: { show: false }, name: spec.yTitle, nameLocation: "middle", nameGap: 18 + 7 * Math.max(...spec.rows.map((row) => row.length)) }),
    visualMap: { show: false, min: 0, max: most, inRange: { color: look.heat } },
    series: [
      {
        type: "heatmap",
        data: cells,
        label: { show: true, formatter: ({ value }: { value: number[] }) => figure(value[2] ?? null, spec), color: look.text, fontSize: 12 },
        itemStyle: { borderColor: look.ground, borderWidth: 2, borderRadius: 3 },
        cursor: spec.links.length ? "pointer" : "default",
      },
    ],
  };
}

/** Rows stand at the left, labels at the right; a band is as wide as its flow. */
function sankey(spec: Spec, look: Look, width: number): Option {
  const colourOf = (key: string | undefined) => ({ good: look.good, bad: look.bad, soft: look.soft })[key ?? "soft"] ?? look.series[Number(key) - 1] ?? look.soft;
  const flows = spec.series.flatMap((row, from) => row.values.map((value, into) => ({ source: `a${from}`, target: `b${into}`, value: value ?? 0, at: from * spec.labels.length + into })));
  const drawn = flows.filter((flow) => flow.value > 0);
  const node = (side: "a" | "b", name: string, at: number) => ({
    name: `${side}${at}`,
    title: name,
    depth: side === "a" ? 0 : 1,
    itemStyle: { color: colourOf(spec.colours[side === "a" ? at : spec.rows.length + at]), borderWidth: 0 },
    label: { position: side === "a" ? "right" : "left" },
  });
  const nodes = [...spec.rows.map((name, at) => node("a", name, at)), ...spec.labels.map((name, at) => node("b", name, at))].filter((one) => drawn.some((flow) => flow.source === one.name || flow.target === one.name));
  const titles = new Map(nodes.map((one) => [one.name, one.title]));
  return {
    tooltip: {
      ...tooltip(look),
      trigger: "item",
      formatter: ({ dataType, data, value }: { dataType: string; data: { source: string; target: string; name: string }; value: number }) =>
        told([[spec.title, figure(value, spec)]], dataType === "edge" ? `${titles.get(data.source)} → ${titles.get(data.target)}` : (titles.get(data.name) ?? "")),
    },
    series: [
      {
        type: "sankey",
        left: 2,
        right: 2,
        top: 6,
        bottom: 6,
        nodeWidth: 12,
        nodeGap: 8,
        layoutIterations: 0,
        draggable: false,
        data: nodes,
        links: drawn,
        label: { color: look.text, fontSize: 12, width: Math.max(90, width / 2 - 60), overflow: "truncate", formatter: ({ data }: { data: { title: string } }) => data.title, textBorderColor: look.ground, textBorderWidth: 2 },
        lineStyle: { color: "gradient", opacity: 0.35, curveness: 0.5 },
        emphasis: { focus: "adjacency", lineStyle: { opacity: 0.6 } },
        cursor: spec.links.length ? "pointer" : "default",
      },
    ],
  };
}

/* ── Under the hand ── */

function follow(chart: ECharts, spec: Spec): void {
  if (!spec.links.length) return;
  chart.on("click", (event) => {
    const at = spec.kind === "sankey" ? (event.data as { at?: number }).at : spec.kind === "heat" ? (event.value as number[])[1]! * spec.labels.length + (event.value as number[])[0]! : event.dataIndex;
    const link = at === undefined ? "" : spec.links[at];
    if (link) location.href = link;
  });
}

/** `t` or the button shows the table instead of the picture. */
function tableKey(figure: HTMLElement): void {
  const table = figure.querySelector<HTMLElement>(".chart-table");
  const picture = figure.querySelector<HTMLElement>(".chart-picture")!;
  if (!table) return;
  const button = Object.assign(document.createElement("button"), { type: "button", className: "chart-switch", textContent: word("table") });
  button.setAttribute("aria-pressed", "false");
  const turn = () => {
    const shown = table.classList.toggle("visually-hidden");
    picture.hidden = !shown;
    button.textContent = word(shown ? "table" : "picture");
    button.setAttribute("aria-pressed", String(!shown));
  };
  button.addEventListener("click", turn);
  figure.addEventListener("table", turn);
  figure.append(button);
}

// Draws the data that a page hands over (`data-live`) with ECharts; without it the server's own drawings stay.
const dark = matchMedia("(prefers-color-scheme: dark)");
const language = document.documentElement.lang;
const WITHOUT_SCROLLING = 14, BAR = 30, ROOM = 64, HIGH = 340;
const SIDE = 90, EDGE = 40; // room around a network for its names
const SHAPES = { formal: "■", informal: "●", social: "▲" };
const SMALL = .06; // a part of a bar that has no room for its shape

const colour = name => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();
const shade = kind => colour(kind === "other" ? "quiet" : kind);
const plain = text => text.replace(/[{}|]/g, " "); // marks of rich text

function frame(data) {
  return {
    animation: false,
    aria: { enabled: true, label: { description: data.sentence } },
    textStyle: { fontFamily: getComputedStyle(document.body).fontFamily, fontSize: 12.5, color: colour("quiet") },
    tooltip: {
      renderMode: "richText", confine: true, backgroundColor: colour("card"), borderColor: colour("line"),
      textStyle: { color: colour("ink"), fontSize: 13 },
    },
  };
}

function scale(data) {
  const style = data.share ? { style: "percent" } : { notation: "compact" };
  const format = new Intl.NumberFormat(language, { maximumFractionDigits: data.share ? 0 : 2, ...style });
  return {
    type: "value", axisLabel: { color: colour("quiet"), formatter: value => format.format(value) },
    splitLine: { lineStyle: { color: colour("line") } },
  };
}

function names(data, width) {
  return {
    type: "category", data: data.labels, axisTick: { show: false }, axisLine: { lineStyle: { color: colour("line") } },
    axisLabel: { color: colour("ink"), width, overflow: "truncate" },
  };
}

const said = data => ({ dataIndex, seriesIndex }) => {
  const series = data.series[seriesIndex];
  return plain(`${data.labels[dataIndex]}\n${series.name}: ${series.texts[dataIndex]}`);
};

// The interval and the number of each bar.
function marks(series) {
  const line = (x1, y1, x2, y2, stroke, lineWidth) => ({ type: "line", shape: { x1, y1, x2, y2 }, style: { stroke, lineWidth } });
  const whisker = (low, high, y) => [
    line(low, y, high, y, colour("card"), 5), line(low, y, high, y, colour("ink"), 1.5),
    ...[low, high].map(x => line(x, y - 4, x, y + 4, colour("ink"), 1.5)),
  ];
  const renderItem = ({ dataIndex: row }, api) => {
    const at = value => api.coord([value, row]), bounds = series.bounds[row], value = series.values[row] ?? 0, y = at(0)[1];
    const text = plain(series.texts[row]), x = at(Math.max(value, bounds?.[1] ?? 0))[0] + 6;
    const number = { type: "text", style: { text, x, y, verticalAlign: "middle", fill: colour(series.values[row] === null ? "quiet" : "ink") } };
    return { type: "group", children: [...(bounds ? whisker(at(bounds[0])[0], at(bounds[1])[0], y) : []), number] };
  };
  return { type: "custom", silent: true, tooltip: { show: false }, z: 3, renderItem, data: series.values.map((value, row) => [value ?? 0, row]) };
}

function bars(data, width) {
  const [series] = data.series, isLong = data.labels.length > WITHOUT_SCROLLING;
  const zoom = {
    type: "slider", yAxisIndex: 0, startValue: 0, endValue: WITHOUT_SCROLLING - 1, zoomLock: true, width: 14, right: 0,
    showDetail: false, brushSelect: false, borderColor: colour("line"), fillerColor: colour("accent-soft"),
    handleStyle: { color: colour("accent") }, moveHandleSize: 0, showDataShadow: false,
  };
  const ends = series.values.map((value, row) => Math.max(value ?? 0, series.bounds[row]?.[1] ?? 0));
  const axis = { ...scale(data), max: Math.max(...ends) || 1, splitNumber: width < 500 ? 3 : 5 };
  if (!data.share) delete axis.max;
  return {
    ...frame(data),
    grid: { left: 8, right: isLong ? 108 : 84, top: 8, bottom: 8, outerBoundsMode: "same" },
    xAxis: axis, yAxis: { ...names(data, Math.min(280, .35 * width)), inverse: true }, dataZoom: isLong ? [zoom] : [],
    tooltip: { ...frame(data).tooltip, formatter: said(data) },
    series: [
      { type: "bar", data: series.values.map(value => value ?? 0), barMaxWidth: 22, itemStyle: { color: shade(series.kind) } },
      marks(series),
    ],
  };
}

function overTime(data) {
  const isStacked = data.kind === "stacked";
  const highest = Math.max(...data.labels.map((_, row) => data.series.reduce((sum, series) => sum + (series.values[row] ?? 0), 0)));
  const shape = series => ({ value }) => value > SMALL * highest ? SHAPES[series.kind] ?? "" : "";
  const drawn = series => ({
    name: series.name, data: series.values, type: isStacked ? "bar" : "line", stack: isStacked ? "all" : null, barMaxWidth: 56,
    symbolSize: 8, itemStyle: { color: shade(series.kind) }, label: { show: isStacked, color: colour("card"), fontSize: 10, formatter: shape(series) },
  });
  return {
    ...frame(data), grid: { left: 8, right: 16, top: 16, bottom: 8, outerBoundsMode: "same" },
    xAxis: names(data), yAxis: scale(data), tooltip: { ...frame(data).tooltip, formatter: said(data) },
    series: data.series.map(drawn),
  };
}

// Spreads places over a span of pixels, so that circles stay circles.
function spread(values, size) {
  const first = Math.min(...values), span = Math.max(...values) - first || 1;
  return values.map(value => (value - first) / span * size);
}

function network(data, width, high) {
  const most = Math.max(...data.links.map(link => link[2])), largest = Math.max(...data.nodes.map(node => node.size));
  const called = index => data.nodes[index].name;
  const inside = new Map(data.links.filter(([from, to]) => from === to).map(([from, , pairs]) => [from, pairs]));
  const number = new Intl.NumberFormat(language);
  const told = ({ dataType, dataIndex }, links) => {
    if (dataType === "node") return inside.has(dataIndex) ? `${called(dataIndex)}\n${data.pairs}: ${number.format(inside.get(dataIndex))}` : called(dataIndex);
    const [from, to, pairs] = links[dataIndex];
    return `${called(from)} → ${called(to)}\n${data.pairs}: ${number.format(pairs)}`;
  };
  const xs = spread(data.nodes.map(node => node.at[0]), width - 2 * SIDE), ys = spread(data.nodes.map(node => node.at[1]), high - 2 * EDGE);
  const links = data.links.filter(([from, to]) => from !== to);
  return {
    ...frame(data), tooltip: { ...frame(data).tooltip, formatter: one => plain(told(one, links)) },
    series: [{
      type: "graph", layout: "none", left: SIDE, right: SIDE, top: EDGE, bottom: EDGE, edgeSymbol: ["none", "arrow"], edgeSymbolSize: 7,
      label: { show: true, position: "bottom", color: colour("ink"), formatter: one => plain(called(one.dataIndex)), width: 170, overflow: "truncate", textBorderColor: colour("card"), textBorderWidth: 3 },
      labelLayout: { hideOverlap: true },
      itemStyle: { color: colour("social"), borderColor: colour("card"), borderWidth: 2 },
      lineStyle: { color: colour("social"), curveness: .18, opacity: .65 }, emphasis: { focus: "adjacency" },
      data: data.nodes.map((node, index) => ({
        id: String(index), name: node.name, x: xs[index], y: ys[index], symbolSize: 12 + 26 * Math.sqrt(node.size / largest),
      })),
      links: links.map(([from, to, pairs]) => ({ source: String(from), target: String(to), lineStyle: { width: .75 + 5 * pairs / most } })),
    }],
  };
}

const MADE = { bars, lines: overTime, stacked: overTime, network };

function height(data) {
  return data.kind === "bars" ? ROOM + BAR * Math.min(data.labels.length, WITHOUT_SCROLLING) : data.kind === "network" ? HIGH + 80 : HIGH;
}

for (const place of document.querySelectorAll("[data-live]")) {
  const data = JSON.parse(place.dataset.live);
  place.style.height = `${height(data)}px`;
  place.hidden = false;
  const chart = echarts.init(place, null, { renderer: "svg" });
  const draw = () => chart.setOption(MADE[data.kind](data, place.clientWidth, place.clientHeight), true);
  draw();
  dark.addEventListener("change", draw);
  new ResizeObserver(() => { chart.resize(); draw(); }).observe(place);
}

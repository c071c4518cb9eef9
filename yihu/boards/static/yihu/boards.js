// Bars side by side, one colour a series. The figures come from a JSON element of the page; the
// table under each chart says the same.
(function () {
  "use strict";
  const painters = [];

  function colours(element) {
    const probe = document.createElement("span");
    element.append(probe);
    const read = (name) => {
      probe.style.color = `var(${name})`;
      return getComputedStyle(probe).color;
    };
    const found = {
      now: read("--yh-accent"), before: read("--yh-amber"), ink: read("--yh-ink-2"),
      rule: read("--yh-line"), ground: read("--yh-surface"), text: read("--yh-ink"),
    };
    probe.remove();
    return found;
  }

  const number = (text) => (text === null ? null : Number(text));
  const spoken = (value) => (value === null || value === undefined ? "–" : value.toLocaleString("en-US", { maximumFractionDigits: 2 }));

  function options(data, tone) {
    const axis = { axisLabel: { color: tone.ink }, axisLine: { lineStyle: { color: tone.rule } } };
    const many = data.series.length > 1;
    return {
      animation: false,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      grid: { left: 8, right: 8, top: many ? 34 : 14, bottom: 4, containLabel: true },
      legend: many ? { top: 0, left: 0, textStyle: { color: tone.ink }, itemHeight: 10 } : undefined,
      tooltip: {
        trigger: "axis", renderMode: "richText", confine: true, backgroundColor: tone.ground,
        borderColor: tone.rule, textStyle: { color: tone.text },
        formatter: (points) =>
          [points[0].axisValue].concat(points.map((point) => `${point.seriesName} ${spoken(point.value)} ${data.unit}`)).join("\n"),
      },
      xAxis: { ...axis, type: "category", data: data.labels, axisTick: { show: false } },
      yAxis: { ...axis, type: "value", splitLine: { lineStyle: { color: tone.rule } } },
      series: data.series.map((one, place) => ({
        name: one.name, type: "bar", data: one.values.map(number), barMaxWidth: 26,
        itemStyle: { color: many && place === 0 ? tone.before : tone.now, borderRadius: [2, 2, 0, 0] },
      })),
    };
  }

  document.querySelectorAll("[data-board-chart]").forEach((element) => {
    const data = JSON.parse(document.getElementById(element.dataset.boardChart).textContent);
    const chart = window.echarts.init(element, null, { renderer: "svg" });
    const paint = () => chart.setOption(options(data, colours(element)), true);
    paint();
    new ResizeObserver(() => chart.resize()).observe(element);
    painters.push(paint);
  });
  document.addEventListener("yihu:theme", () => painters.forEach((paint) => paint()));
})();

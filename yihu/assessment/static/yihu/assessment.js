// A radar of lines, a trend of scores. The figures come from a JSON element of the page; the table
// under each chart says the same.
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
      series: ["--yh-accent", "--yh-amber", "--yh-green", "--yh-red", "--yh-ink-2"].map(read),
      ink: read("--yh-ink-2"), rule: read("--yh-line"), ground: read("--yh-surface"), text: read("--yh-ink"),
    };
    probe.remove();
    return found;
  }

  const number = (text) => (text === null ? null : Number(text));

  function common(data, tone) {
    return {
      animation: false,
      color: tone.series,
      textStyle: { fontFamily: getComputedStyle(document.body).fontFamily },
      legend: { bottom: 0, type: "scroll", textStyle: { color: tone.ink }, itemHeight: 10, pageTextStyle: { color: tone.ink } },
      tooltip: { trigger: data.kind === "line" ? "axis" : "item", renderMode: "richText", confine: true, backgroundColor: tone.ground, borderColor: tone.rule, textStyle: { color: tone.text } },
    };
  }

  function radar(data, tone) {
    return {
      ...common(data, tone),
      radar: {
        indicator: data.labels.map((name) => ({ name, min: 0, max: 100 })), radius: "62%", center: ["50%", "46%"],
        axisName: { color: tone.text }, splitArea: { show: false },
        axisLine: { lineStyle: { color: tone.rule } }, splitLine: { lineStyle: { color: tone.rule } },
      },
      series: [{
        type: "radar", symbolSize: 5,
        data: data.series.map((one, place) => ({
          name: one.name, value: one.values.map((value) => number(value) ?? 0),
          areaStyle: place === 0 ? { opacity: 0.15 } : undefined, lineStyle: { type: place === 0 ? "solid" : "dashed" },
        })),
      }],
    };
  }

  function line(data, tone) {
    const axis = { axisLabel: { color: tone.ink }, axisLine: { lineStyle: { color: tone.rule } } };
    return {
      ...common(data, tone),
      grid: { left: 8, right: 16, top: 14, bottom: 34, containLabel: true },
      xAxis: { ...axis, type: "category", data: data.labels, axisTick: { show: false } },
      yAxis: { ...axis, type: "value", scale: true, splitLine: { lineStyle: { color: tone.rule } } },
      series: data.series.map((one) => ({ name: one.name, type: "line", data: one.values.map(number), symbolSize: 6 })),
    };
  }

  document.querySelectorAll("[data-assessment-chart]").forEach((element) => {
    const data = JSON.parse(document.getElementById(element.dataset.assessmentChart).textContent);
    const chart = window.echarts.init(element, null, { renderer: "svg" });
    const paint = () => chart.setOption((data.kind === "radar" ? radar : line)(data, colours(element)), true);
    paint();
    new ResizeObserver(() => chart.resize()).observe(element);
    painters.push(paint);
  });
  document.addEventListener("yihu:theme", () => painters.forEach((paint) => paint()));
})();

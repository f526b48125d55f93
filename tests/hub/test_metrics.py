"""docs/metrics.md against the program, both ways; and no label that could hold somebody's value."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from hub import metrics
from hub.wiring.gauges import GAUGES

PAGE = (Path(__file__).resolve().parents[2] / "docs" / "metrics.md").read_text(encoding="utf-8")
ROW = re.compile(r"^\| `(yijian_\w+)` \| (\w+) \| ([^|]*) \|", re.M)


def documented() -> dict[str, tuple[str, set[str]]]:
    """Name → type and labels, as the page has them."""
    return {name: (kind, set(re.findall(r"[a-z_]+", labels))) for name, kind, labels in ROW.findall(PAGE)}


def measured() -> dict[str, tuple[str, set[str]]]:
    """The same, as the program has them."""
    own = [m for m in vars(metrics).values() if isinstance(m, metrics.Histogram | metrics.Gauge | metrics.Counter)]
    counted = {m._name: (m._type, set(m._labelnames)) for m in own}
    return counted | {name: ("gauge", set(labels)) for name, (_, labels) in GAUGES.items()}


def test_every_metric_is_documented_with_its_type_and_labels_and_no_other() -> None:
    assert documented() == measured()


def test_a_method_that_nobody_defined_makes_no_label_of_its_own() -> None:
    metrics.request("TESTING", "/x", 200, 0.1)
    labels = {"method": "OTHER", "route": "/x", "status": "200"}
    assert metrics.REGISTRY.get_sample_value("yijian_request_seconds_count", labels) == 1.0


def test_the_example_alert_rules_ask_for_what_is_measured() -> None:
    rules = yaml.safe_load(PAGE.split("```yaml")[1].split("```")[0])["groups"][0]["rules"]
    asked = {name for rule in rules for name in re.findall(r"yijian_\w+", rule["expr"])}
    assert len(rules) >= 4 and {name.removesuffix("_total") for name in asked} <= set(measured())

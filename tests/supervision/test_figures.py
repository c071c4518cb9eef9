"""The figures of a report against what was counted by hand, and what freezes them (§6.4.1)."""

from typing import Any

import pytest
from django.db import ProgrammingError, transaction

from tests.assessment.world import published
from tests.assessment.world import world as assessed
from tests.supervision.world import OCTOBER, made, world
from yihu.assessment.queries import ranking
from yihu.contracts.models import Offtake
from yihu.dossiers.models import Dossier, FileVersion
from yihu.duties.models import Duty
from yihu.guide.rules import completeness, parse
from yihu.supervision.chapters import chapters
from yihu.supervision.rules import digest

pytestmark = [pytest.mark.django_db, pytest.mark.clause("6.4.1")]


def test_the_figures_are_those_counted_by_hand() -> None:
    w = world()
    figures = made(w.boss).figures
    assert figures["files"]["GD"] == {
        "strategic": {"files": 1, "approved": 0, "signed": 1, "covered": 0},
        "vip": {"files": 1, "approved": 0, "signed": 1, "covered": 0},
    }
    assert figures["files"]["FJ"] == {
        "general": {"files": 2, "approved": 1, "signed": 2, "covered": 1}
    }
    assert figures["duties"]["units"]["GD"] == {
        "all": {"fallen": 4, "on_time": 2, "overdue": 1},
        "offtake": {"fallen": 2, "on_time": 1, "overdue": 0},
        "review": {"fallen": 1, "on_time": 1, "overdue": 0},
    }
    assert figures["duties"]["units"]["FJ"]["all"] == {"fallen": 1, "on_time": 1, "overdue": 0}
    assert figures["volumes"]["units"]["GD"] == {
        "pipeline": {"files": 1, "actual": "120", "planned": "100", "before": "80", "price": None},
        "lng": {"files": 1, "actual": "50", "planned": "100", "before": "0", "price": None},
    }
    assert figures["volumes"]["months"] == {
        "pipeline": {"2025-10": "80", "2026-10": "150"}, "lng": {"2026-10": "50"},
    }  # fmt: skip
    version = FileVersion.objects.select_related("edition").get()
    held = completeness(
        version.content["facts"], parse(version.edition.definition), "general",
        version.content["facts"]["gas_use"],
    )  # fmt: skip
    assert figures["filled"] == {
        "GD": {"filled": 0, "required": 0, "files": 0, "whole": 0},
        "FJ": {"filled": held.filled, "required": held.required, "files": 1, "whole": 0},
    }
    assert 20 < held.filled < held.required
    of = {code: (u["found"], u["unsent"]) for code, u in figures["findings"]["units"].items()}
    assert of == {"GD": (1, 0), "FJ": (1, 1)}
    assert figures["findings"]["orders"] == 1


def test_the_draw_is_told_as_it_is_stored() -> None:
    w = world()
    [row] = made(w.boss).figures["draws"]
    stored = w.inspection
    for name in ("number", "seed", "population", "drawn", "population_sha256", "draw_sha256",
                 "method", "amount", "minimum"):  # fmt: skip
        assert row[name] == getattr(stored, name), name
    assert (row["checked_here"], row["drawn_here"], row["inspected_here"]) == (4, 4, 0)


def test_what_the_chapters_say() -> None:
    w = world()
    told = {chapter.code: chapter for _number, chapter in chapters(made(w.boss).figures)}
    assert list(told) == [
        "overview", "coverage", "timeliness", "completeness", "volumes", "sampling", "findings",
        "rectification",
    ]  # fmt: skip
    rows = {code: one.tables[0].rows for code, one in told.items() if one.tables}
    assert rows["coverage"][-1] == ["合计", "4", "1", "1", "0", "2", "0", "4", "1", "25.0%"]
    assert rows["timeliness"][-1] == ["合计", "5", "3", "1", "60.0%", "3", "66.6%", "1", "100.0%"]
    assert rows["volumes"][-1] == ["合计", "2", "200.00", "150.00", "75.0%", "80.00", "+87.5%", "—"]
    assert rows["findings"][-1][:2] == ["合计", "2"]
    assert told["volumes"].says[1] == "LNG提气量 50.00 吨，上年同期 0.00 吨，同比 —。"
    assert w.inspection.seed in str(told["sampling"].tables[1].rows)
    Offtake.objects.filter(month=OCTOBER, contract__source="pipeline").delete()
    told = {chapter.code: chapter for _number, chapter in chapters(made(w.boss).figures)}
    assert told["volumes"].says[0] == "管道气提气量本期尚未填报。"
    assert told["volumes"].tables[0].rows == [
        ["GD", "0", "—", "—", "—", "80.00", "—", "—"],
        ["合计", "0", "—", "—", "—", "80.00", "—", "—"],
    ]


def test_a_unit_s_report_tells_of_that_unit_and_of_what_was_sent_to_it() -> None:
    w = world()
    own = made(w.steward, unit=w.gd.unit).figures
    assert [unit["code"] for unit in own["head"]["units"]] == ["GD"]
    assert own["findings"]["units"]["GD"]["found"] == 1
    assert "FJ" not in str(own)
    by_boss = made(w.boss, unit=w.fj.unit).figures
    assert by_boss["findings"]["units"] == {
        "FJ": dict.fromkeys(by_boss["findings"]["units"]["FJ"], 0)
    }


def test_no_customer_stands_in_the_figures() -> None:
    w = world()
    said = str(made(w.boss).figures)
    for name, code in Dossier.objects.values_list("name_full", "credit_code"):
        assert name not in said
        assert code not in said


def test_made_figures_never_change_and_their_digest_is_of_them() -> None:
    w = world()
    row = made(w.boss)
    Duty.objects.update(done_at=None)
    row.refresh_from_db()
    assert row.figures["duties"]["units"]["GD"]["all"]["on_time"] == 2
    assert row.sha256 == digest(row.figures)
    changes: list[dict[str, Any]] = [
        {"figures": {}}, {"sha256": "0" * 64}, {"state": "failed"}, {"number": "x"},
    ]  # fmt: skip
    for change in changes:
        with pytest.raises(ProgrammingError), transaction.atomic():
            type(row).objects.filter(pk=row.pk).update(**change)
    with pytest.raises(ProgrammingError), transaction.atomic():
        type(row).objects.filter(pk=row.pk).delete()
    again = made(w.boss)
    assert (again.version, again.number) == (2, "监督〔2026〕月10-2号")
    assert again.figures["duties"]["units"]["GD"]["all"]["on_time"] == 0


@pytest.mark.clause("6.4.2")
def test_the_ranking_is_the_published_one_and_a_unit_s_report_tells_its_own_place() -> None:
    w = assessed()
    boss = w.first
    assert made(boss).figures["ranking"] == []
    assert "ranking" not in [chapter.code for _n, chapter in chapters(made(boss).figures)]
    published(w)
    rows = made(boss).figures["ranking"]
    stored = ranking(2026, "M10")
    assert [(row["unit"], row["rank"], row["score"]) for row in rows] == [
        (one.unit.code, one.rank, f"{one.score}") for one in stored
    ]
    assert [row["unit"] for row in rows] == ["ZJ", "GD", "FJ"]
    own = made(w.stewards["FJ"], unit=w.units["FJ"]).figures
    assert [row["unit"] for row in own["ranking"]] == ["FJ"]
    (chapter,) = [one for _n, one in chapters(own) if one.code == "ranking"]
    assert chapter.says == [f"本单位考核得分 {stored[2].score}，列第 3 名。"]

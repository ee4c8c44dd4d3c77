"""The report is one page that needs nothing from anywhere, says what the manifest says, and takes what comes from the log for text only."""

import re
import subprocess
import sys
from html.parser import HTMLParser
from typing import Any

import pytest

from agentlog.build.report import render_report
from agentlog.build.report.charts import Bar, bars, histograms
from agentlog.schema.manifest import FunnelStep, Gate, InputFacts, Manifest, SplitFacts, StageRef
from agentlog.stages.score import ScoreConfig
from benchmarks.build.scores import TASKS, make_rows, measures_of

HOSTILE = "</title><script>alert(1)</script><img src=http://evil.invalid/x> $\\frac{1}{$ \x00\x1b[31m\ud800 日本 & ' \""
VOID = {"meta", "br", "img", "hr", "input", "link"}


def manifest_of(**given: Any) -> Manifest:
    """The manifest of a dataset whose scores are real."""
    measures = measures_of(make_rows(0, 60), ScoreConfig(task_types=(*TASKS, "review")))
    usual: dict[str, Any] = {
        "role": "coder",
        "build_id": "0123456789ab",
        "seed": 0,
        "plan": [StageRef(name="dedup_near", version=3, config={"threshold": 0.8, "ngram": 5, "files": []})],
        "plan_digest": "plan:00",
        "input": InputFacts(
            digest="input:00",
            interactions=100,
            sessions=50,
            lines_set_aside=3,
            first="2026-10-01T00:00:00Z",
            last="2026-11-20T00:00:00Z",
        ),
        "funnel": [
            FunnelStep(
                stage="assemble",
                answers_in=100,
                dropped={"no_answer": 10},
                answers_out=90,
                rows_out=70,
                counts={"messages_logged": 400, "messages_folded": 200},
            ),
            FunnelStep(stage="dedup_near", answers_in=90, dropped={"near_duplicate": 30}, answers_out=60, rows_out=60),
        ],
        "splits": {
            name: SplitFacts(file=f"coder_{name}.jsonl", rows=rows, answers=rows, digest="d")
            for name, rows in (("train", 48), ("val", 6), ("test", 6))
        },
        "files": {},
        "models": {"some-model": 58, "other": 2},
        "task_types": dict.fromkeys(TASKS, 15),
        "scores": measures,
        "gates": {
            "coverage": Gate(score=measures["coverage"], least=0.9, passed=False),
            "correctness": Gate(score=1.0, least=0.95, passed=True),
        },
        "measures": {
            "balance": {
                "rows": 70,
                "kept": 60,
                "dropped": 10,
                "effective_rows": 55.5,
                "mean_weight": 1.1,
                "task_types": {"fix": {"rows": 40, "kept": 30, "dropped": 10, "weight": 1.0, "share": 0.5}},
                "notes": ["the share of test cannot be met"],
            },
            "split": {
                "groups": 40,
                "moved_groups": 1,
                "task_types": {"fix": {"train": 12, "val": 2, "test": 1}},
                "notes": ["one group is large"],
            },
        },
        "checks": {"pairs_compared": 1200, "straddling_sessions": 0},
        "privacy": {"replaced": {"EMAIL_ADDRESS": 12, "PERSON": 3}, "names": "Names are found by a model."},
        "versions": {"agentlog": "0.1.0", "python": "3.11"},
    }
    return Manifest.model_validate(usual | given)


class Page(HTMLParser):
    """What a browser would see: that tags close as they open, every attribute, and the text."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.attributes: list[tuple[str, str, str]] = []
        self.tags: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()
        assert not self.open

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.attributes += [(tag, name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


def test_the_page_is_well_formed_and_every_chart_has_a_title() -> None:
    page = Page(render_report(manifest_of()))
    assert page.tags.count("svg") >= 6
    assert page.tags.count("svg") == page.tags.count("title") - 1
    assert page.attributes.count(("svg", "role", "img")) == page.tags.count("svg")
    assert page.tags.count("table") >= 8
    headings = [name for tag, name, value in page.attributes if tag == "th" and value in ("row", "col")]
    assert len(headings) == page.tags.count("th")


def test_no_two_elements_have_the_same_id_and_each_reference_finds_its_own() -> None:
    html = render_report(manifest_of())
    ids = re.findall(r'\bid="([^"]+)"', html)
    assert len(ids) == len(set(ids))
    assert set(re.findall(r"url\(#([^)]+)\)", html)) | set(re.findall(r'href="#([^"]+)"', html)) <= set(ids)


def test_the_page_needs_nothing_from_anywhere() -> None:
    html = render_report(manifest_of(role=HOSTILE))
    page = Page(html)
    outside = [
        one for one in page.attributes if one[1] in ("src", "href", "xlink:href", "data", "action", "srcset") and not one[2].startswith("#")
    ]
    assert not outside
    assert not {"script", "link", "img", "iframe", "object", "embed"} & set(page.tags)
    assert "@import" not in html
    assert not re.search(r"url\((?!#)", html)


def test_the_same_manifest_gives_the_same_bytes_in_any_process_and_whatever_the_users_settings(tmp_path: Any) -> None:
    (tmp_path / "matplotlibrc").write_text("font.size: 30\nsvg.hashsalt: mine\naxes.facecolor: red\n")
    code = (
        "import hashlib, matplotlib, tests.build.test_report as t;"
        "print(hashlib.sha256(t.render_report(t.manifest_of()).encode()).hexdigest())"
    )
    seen = set()
    for seed in ("1", "2"):
        environment = {"PYTHONHASHSEED": seed, "PATH": "", "MATPLOTLIBRC": str(tmp_path), "HOME": str(tmp_path), "SOURCE_DATE_EPOCH": seed}
        done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, text=True, check=True)
        seen.add(done.stdout)
    assert render_report(manifest_of()) == render_report(manifest_of())
    assert len(seen) == 1


def test_names_from_the_log_are_text_and_nothing_else() -> None:
    name = HOSTILE
    counts = {name: 5, "b" * 3000: 2}
    html = render_report(
        manifest_of(
            role=name,
            task_types=counts,
            models=counts,
            privacy={"replaced": counts, "names": name},
            checks={name: name},
            measures={"split": {"notes": [name]}},
        )
    )
    page = Page(html)
    assert "script" not in page.tags
    assert "alert(1)" in page.text
    assert "\x00" not in bars("t", [Bar(HOSTILE, 1)])


def test_the_page_says_what_the_manifest_says() -> None:
    text = Page(render_report(manifest_of())).text
    for said in (
        "gates failed",
        "No rows at all: review",
        "nearly the same row is kept already",
        "50% fewer",
        "Balancing kept 60 of 70 rows",
        "the share of test cannot be met",
        "EMAIL_ADDRESS",
        "pairs compared",
        "Correctness rests on 60 judged answers, 100% of all",
        "this is no pass rate of the agent",
        "3 lines of the log are no events",
    ):
        assert said in text, said


@pytest.mark.parametrize("gates", [{}, {"coverage": Gate(score=1.0, least=0.8, passed=True)}])
def test_a_bare_manifest_has_a_page_too(gates: dict[str, Gate]) -> None:
    bare = manifest_of(
        funnel=[],
        splits={},
        models={},
        task_types={},
        scores={},
        gates=gates,
        measures={},
        checks={},
        plan=[],
        privacy={"replaced": {}, "names": ""},
    )
    text = Page(render_report(bare)).text
    assert ("gates passed" if gates else "no gates set") in text
    assert "Nothing was replaced." in text


def test_scores_that_could_not_be_measured_say_so() -> None:
    silent = {"coverage": None, "diversity": None, "correctness": None, "consistency": None}
    text = Page(render_report(manifest_of(scores=silent, gates={"coverage": Gate(score=None, least=0.8, passed=False)}))).text
    assert text.count("not measured") >= 8
    assert "no result and no person has judged" in Page(render_report(manifest_of(scores=measures_of([], ScoreConfig())))).text


def test_coverage_of_discovered_kinds_says_what_it_cannot_see() -> None:
    text = Page(render_report(manifest_of(scores=measures_of(make_rows(0, 60), ScoreConfig())))).text
    assert "spread over 4 kinds of task that clustering found" in text
    assert "Coverage, of discovered kinds of task" in text


def test_lengths_of_one_kind_or_none_can_be_drawn() -> None:
    one = {"edges": [0, 1], "counts": [3], "median": 0}
    assert "<svg" in histograms("t", {"prompt": one, "answer": None}, "tokens")
    assert histograms("t", {"prompt": None}, "tokens") == ""

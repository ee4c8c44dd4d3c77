"""The review sample asks where signals disagree and by chance, and what comes back changes the next build."""

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import orjson
import pytest

from agentlog.build.doubt import doubts
from agentlog.build.review import RANDOM, chosen, review_rows, sample_size
from agentlog.build.reviewed import take_review
from agentlog.build.run import build_dataset
from agentlog.dataset.reader import open_dataset
from agentlog.errors import SettingError
from agentlog.project import ReviewSettings, load_project
from agentlog.schema.outline import Outline
from agentlog.schema.sample import SPLITS
from agentlog.stages.assemble import AssembleConfig, assemble
from tests.make import distinct_lines, interaction, outline_of, session_of, write_log

DEFAULT = ReviewSettings()


def plain(number: int, **fields: Any) -> Outline:
    """A row about which nothing is odd: tested, passed, of a common type and length."""
    common: dict[str, Any] = {"task_type": "fix", "judged": 1, "verified": 1, "passed": 1, "tested": 1, "answer_length": 1000}
    return Outline(f"r{number}", (f"i{number}",), **(common | fields))


def odd_one(rows: list[Outline]) -> list[str]:
    return doubts(rows).reasons(len(rows) - 1)


@pytest.mark.parametrize(("rows", "size"), [(0, 0), (7, 7), (20, 20), (150, 20), (201, 21), (1000, 100)])
def test_a_tenth_is_reviewed_and_at_least_twenty(rows: int, size: int) -> None:
    assert sample_size(rows, DEFAULT) == len(chosen([plain(number) for number in range(rows)], 0, DEFAULT)) == size


def test_the_size_is_a_setting() -> None:
    assert sample_size(1000, ReviewSettings(share=0.5, most=30)) == 30
    assert sample_size(1000, ReviewSettings(share=0.01, least=5)) == 10


def test_of_rows_that_agree_nothing_is_odd() -> None:
    rows = [plain(number) for number in range(50)]
    assert not doubts(rows).total.any()
    assert all(why == [RANDOM] for _, why in chosen(rows, 0, DEFAULT))


@pytest.mark.parametrize(
    ("reason", "fields"),
    [
        ("passed_but_rated_low", {"rating": 2.0, "lowest": 2.0}),
        ("passed_but_rated_low", {"review_score": 1.0}),
        ("rated_high_but_untried", {"rating": 5.0, "lowest": 5.0, "passed": 0, "tested": 0}),
        ("ratings_differ", {"rating": 5.0, "lowest": 3.0}),
        ("odd_length", {"answer_length": 20}),
        ("odd_length", {"answer_length": 90_000}),
        ("rare_task_type", {"task_type": "port"}),
        ("verified_without_tests", {"tested": 0}),
        ("unverified", {"tested": 0, "passed": 0, "verified": 0, "judged": 0}),
    ],
)
def test_each_signal_is_seen(reason: str, fields: dict[str, Any]) -> None:
    rows = [plain(number, review_score=4.0 + number % 3) for number in range(40)]
    assert reason in odd_one([*rows, plain(99, **({"review_score": 5.0} | fields))])
    assert reason not in odd_one([*rows, plain(99, review_score=5.0)])


def test_doubt_lies_between_nothing_and_one_for_any_rows() -> None:
    rng = np.random.default_rng(0)
    rows = [
        plain(
            number,
            task_type=rng.choice(["fix", "test", None]),
            rating=float(rng.integers(0, 6)),
            lowest=float(rng.integers(0, 3)),
            tested=int(rng.integers(0, 3)),
            review_score=rng.choice([None, 0.5, 9.0]),
            answer_length=int(rng.integers(0, 10_000)),
        )
        for number in range(200)
    ]
    total = doubts(rows).total
    assert total.min() >= 0
    assert total.max() <= 1


def test_half_is_where_signals_disagree_and_half_is_chance() -> None:
    rows = [plain(number, rating=1.0 + number % 5, lowest=1.0 + number % 5, task_type=("fix", "test")[number % 2]) for number in range(400)]
    why = [reasons for _, reasons in chosen(rows, 0, DEFAULT)]
    assert sum(RANDOM in reasons for reasons in why) == 20
    assert sum(RANDOM not in reasons and reasons[0] == "passed_but_rated_low" for reasons in why) == 20


def test_what_is_drawn_by_chance_is_drawn_from_all_rows() -> None:
    rows = [plain(number, **({"rating": 1.0, "lowest": 1.0} if number % 4 == 0 else {})) for number in range(2000)]
    by_chance = [why for _, why in chosen(rows, 3, ReviewSettings(share=0.5)) if RANDOM in why]
    assert len(by_chance) > 500
    assert 0.2 < sum(len(why) > 1 for why in by_chance) / len(by_chance) < 0.3


def test_rare_task_types_are_looked_at_and_common_ones_in_proportion() -> None:
    rows = [plain(number, rating=2.0, lowest=2.0, task_type="rare" if number < 3 else ("fix", "test")[number % 2]) for number in range(600)]
    kinds = Counter(rows[place].task_type for place, why in chosen(rows, 0, DEFAULT) if RANDOM not in why)
    assert kinds["rare"] >= 1
    assert abs(kinds["fix"] - kinds["test"]) <= 2


def test_the_choice_depends_on_seed_and_rows_but_not_on_their_order() -> None:
    rows = [plain(number, rating=float(number % 6), lowest=float(number % 6)) for number in range(300)]

    def ids(given: list[Outline], seed: int) -> list[str]:
        return [given[place].id for place, _ in chosen(given, seed, DEFAULT)]

    assert ids(rows, 1) == ids(rows[::-1], 1) != ids(rows, 2)


def test_a_row_shows_what_was_said_and_leaves_room_for_what_a_person_says() -> None:
    row = outline_of(assemble([session_of(interaction(1))], AssembleConfig()).kept[0])
    (told,) = review_rows([replace(row, split="val")], 0)
    assert (told["id"], told["split"], told["why"]) == (row.id, "val", [RANDOM])
    assert told["rating"] is told["comments"] is told["corrections"] is None
    assert told["answers"][0]["interaction_id"] == row.source_ids[0]
    assert told["answers"][0]["corrections"] is None
    assert told["messages"][told["answers"][0]["message"]]["role"] == "assistant"


def test_what_a_reviewer_says_changes_the_next_build(tmp_path: Path) -> None:
    write_log(tmp_path, distinct_lines(60))
    (tmp_path / "agentlog.yaml").write_text("data: .\n")
    project = load_project(tmp_path)
    first = build_dataset("coder", project=project)
    asked = [orjson.loads(line) for line in (first.folder / "review.jsonl").read_bytes().splitlines()]
    assert len(asked) == 20
    corrected, disliked = asked[0], asked[1]
    corrected["corrections"] = "done: as it should have been, said by a person at last"
    disliked["answers"][0] |= {"rating": 1, "comments": "no"}
    file = tmp_path / "filled.jsonl"
    file.write_bytes(b"".join(orjson.dumps(row) + b"\n" for row in asked))
    report = take_review(file, tmp_path, "ana")
    assert (report.added, report.corrected, report.rated, report.untouched) == (2, 1, 1, 18)
    assert take_review(file, tmp_path, "ana").added == 0
    second = build_dataset("coder", project=project)
    assert not second.already_there
    rows = {row.source_ids[0]: row for split in SPLITS for row in open_dataset(second.folder).samples(split)}
    mended = rows[corrected["answers"][0]["interaction_id"]]
    assert mended.messages[mended.trained[0]]["content"] == corrected["corrections"]
    assert disliked["answers"][0]["interaction_id"] not in rows
    assert '"low_rating"' in (second.folder / "drops.jsonl").read_text()


def test_a_name_that_is_no_text_is_refused_in_one_line(tmp_path: Path) -> None:
    (tmp_path / "filled.jsonl").touch()
    with pytest.raises(SettingError, match=r"the reviewer's name '\\udcff' is not UTF-8"):
        take_review(tmp_path / "filled.jsonl", tmp_path, "\udcff")

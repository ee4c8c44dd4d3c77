"""Of any interaction and any row it can be told where it is logged, what each dataset made of it, and why."""

import shutil
from pathlib import Path

import orjson
import pytest

from agentlog.build.lineage import explain
from agentlog.build.run import BuildResult, build_dataset
from agentlog.errors import LogError
from agentlog.project import load_project
from tests.make import SYSTEM, distinct_lines, line, write_log


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, BuildResult]:
    """A data folder with one dataset: a failed answer, a private one, an exact and a near duplicate."""
    data = tmp_path_factory.mktemp("lineage")
    (data / "agentlog.yaml").write_text("data: .\n")
    lines = distinct_lines(40)
    lines[3]["messages"] = [SYSTEM, {"role": "user", "content": f"{lines[3]['messages'][1]['content']} mail ana.ruiz@corp.io"}]
    near = {
        **lines[5],
        "id": "near",
        "session_id": "n",
        "messages": [SYSTEM, {"role": "user", "content": "please, " + lines[5]["messages"][1]["content"]}],
    }
    again = {**lines[6], "id": "again", "session_id": "a"}
    write_log(data, [*lines, near], name="first.jsonl")
    told = {
        "event": "feedback",
        "id": "f",
        "interaction_id": "coder-task-3-3",
        "timestamp": "2026-11-21T09:00:00Z",
        "human_feedback": {"rating": 5},
    }
    write_log(data, [again, told], name="second.jsonl")
    return data, build_dataset("coder", project=load_project(data))


def test_a_trained_interaction_has_its_row_split_and_edits_and_every_line_of_the_log_about_it(built: tuple[Path, BuildResult]) -> None:
    data, result = built
    found = explain(data, "coder-task-3-3")
    assert [(place.file.name, place.line, place.event) for place in found.places] == [
        ("first.jsonl", 4, "interaction"),
        ("second.jsonl", 2, "feedback"),
    ]
    [fate] = found.fates
    assert (fate.role, fate.build_id, fate.folder) == ("coder", result.manifest.build_id, result.folder)
    assert fate.split in ("train", "val", "test")
    assert fate.replaced == {"EMAIL_ADDRESS": 1}
    [row] = [row for row in rows_of(result) if row["id"] == fate.row]
    assert row["source_ids"] == ["coder-task-3-3"]


def test_an_answer_that_is_not_trained_has_the_stage_and_the_reason(built: tuple[Path, BuildResult]) -> None:
    [fate] = explain(built[0], "coder-task-4-4").fates
    assert (fate.split, fate.stage, fate.reason, fate.why) == (None, "select", "failed", "the answer failed when it was used")


@pytest.mark.parametrize(("wanted", "stage", "alike"), [("again", "dedup_exact", 1.0), ("near", "dedup_near", None)])
def test_a_duplicate_has_the_row_that_stays_in_its_place(
    built: tuple[Path, BuildResult], wanted: str, stage: str, alike: float | None
) -> None:
    data, _ = built
    duplicates = {"again": "coder-task-6-6", "near": "coder-task-5-5"}
    fates = [fate for name in (wanted, duplicates[wanted]) for fate in explain(data, name).fates]
    [lost] = [fate for fate in fates if fate.split is None]
    [won] = [fate for fate in fates if fate.split is not None]
    assert (lost.stage, lost.winner, lost.winner_split) == (stage, won.row, won.split)
    assert lost.similarity == alike if alike else 0.8 <= (lost.similarity or 0) < 1
    assert won.stands_for == (lost.row,)


def test_a_row_is_traced_back_to_its_interactions_and_their_lines(built: tuple[Path, BuildResult]) -> None:
    data, result = built
    row = rows_of(result)[0]
    found = explain(data, row["id"])
    assert (found.kind, [one.id for one in found.interactions]) == ("row", row["source_ids"])
    assert {place.interaction_id for place in found.places} == set(row["source_ids"])
    assert found.fates[0].row == row["id"]


def test_the_beginning_of_an_id_is_enough_if_it_is_unmistakable(built: tuple[Path, BuildResult]) -> None:
    assert explain(built[0], "coder-task-39").id == "coder-task-39-39"
    with pytest.raises(LogError, match="give more of it"):
        explain(built[0], "coder-task-3")
    with pytest.raises(LogError, match="no interaction"):
        explain(built[0], "nobody")


def test_what_is_in_no_dataset_yet_says_where_it_is_logged(tmp_path: Path) -> None:
    file = write_log(tmp_path, [line(1)])
    with file.open("ab") as stream:
        stream.write(b"torn")
    found = explain(tmp_path, "s-1")
    assert (found.fates, [(place.line, place.event) for place in found.places]) == ([], [(1, "interaction")])


def rows_of(result: BuildResult) -> list[dict[str, object]]:
    files = [result.folder / facts.file for facts in result.manifest.splits.values()]
    return [orjson.loads(row) for file in files for row in file.read_bytes().splitlines()]


def test_folders_that_no_role_can_have_and_lines_that_are_torn_are_passed_over(built: tuple[Path, BuildResult], tmp_path: Path) -> None:
    data = tmp_path / "data"
    shutil.copytree(built[0], data)
    (data / "datasets" / "my role" / "x").mkdir(parents=True)
    (data / "datasets" / ".trash").mkdir()
    drops = data / "datasets" / "coder" / built[1].folder.name / "drops.jsonl"
    drops.write_bytes(drops.read_bytes() + b'{"source_ids":["coder-task-4-4')
    [fate] = explain(data, "coder-task-4-4").fates
    assert fate.reason == "failed"


def test_a_call_of_a_role_that_no_folder_can_be_named_after_is_in_no_dataset(tmp_path: Path) -> None:
    write_log(tmp_path, [line(1, role="my agent")])
    found = explain(tmp_path, "s-1")
    assert (found.interactions[0].agent_role, found.fates) == ("my agent", [])


def test_bytes_that_are_no_text_are_no_id(tmp_path: Path) -> None:
    write_log(tmp_path, [line(1)])
    with pytest.raises(LogError, match=r"is no id"):
        explain(tmp_path, "\udcff")

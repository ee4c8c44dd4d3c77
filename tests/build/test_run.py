"""A build accounts for every answer, gives the same bytes for the same input, and publishes all or nothing."""

import hashlib
import os
import random
import subprocess
import sys
from pathlib import Path

import orjson
import pytest

from agentlog.build.run import build_dataset
from agentlog.dataset.reader import find_dataset, list_datasets, open_dataset
from agentlog.errors import BuildRefusedError, DatasetError, LogError, SettingError
from agentlog.project import Project, load_project
from agentlog.schema.sample import SPLITS
from tests.make import SYSTEM, distinct_lines, line, write_log


def project_in(folder: Path, text: str = "") -> Project:
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "agentlog.yaml").write_text("data: .\n" + text)
    return load_project(folder)


def digest_of(folder: Path) -> str:
    state = hashlib.sha256()
    for file in sorted(folder.iterdir()):
        state.update(file.name.encode() + b"\0" + file.read_bytes())
    return state.hexdigest()


def test_every_logged_answer_ends_in_a_split_or_in_the_drop_ledger(tmp_path: Path) -> None:
    lines = distinct_lines(60)
    write_log(tmp_path, [*lines, lines[0] | {"id": "again", "session_id": "other"}])
    result = build_dataset("coder", project=project_in(tmp_path))
    dataset = open_dataset(result.folder)
    kept = [source for split in SPLITS for sample in dataset.samples(split) for source in sample.source_ids]
    drops = [orjson.loads(row) for row in (result.folder / "drops.jsonl").read_bytes().splitlines()]
    dropped = [source for drop in drops for source in drop["source_ids"]]
    assert sorted(kept + dropped) == sorted([one["id"] for one in lines] + ["again"])
    assert {drop["reason"] for drop in drops} == {"failed", "exact_duplicate"}
    first, last = result.manifest.funnel[0], result.manifest.funnel[-1]
    assert first.answers_in - sum(sum(step.dropped.values()) for step in result.manifest.funnel) == last.answers_out == len(kept)


def test_lines_that_are_no_events_are_set_aside_with_their_place_and_counted(tmp_path: Path) -> None:
    file = write_log(tmp_path, distinct_lines(40))
    with file.open("ab") as stream:
        stream.write(b'{"event":"interaction"}\nnot json\n{"event":"later"}\n{"torn": ')
    result = build_dataset("coder", project=project_in(tmp_path))
    assert result.manifest.input.lines_set_aside == 4
    unread = [row for row in map(orjson.loads, (result.folder / "drops.jsonl").read_bytes().splitlines()) if row["stage"] == "read"]
    assert [row["line"] for row in unread] == [41, 42, 43, 44]
    assert all(row["file"] == file.name and row["reason"] for row in unread)


def test_the_same_input_gives_the_same_bytes_for_any_hash_seed_and_any_order_of_files(tmp_path: Path) -> None:
    lines = distinct_lines(60)
    digests = set()
    for run, seed in enumerate(("0", "1", "77")):
        data = tmp_path / f"run{run}"
        random.Random(run).shuffle(lines)
        for part in range(3):
            write_log(data, lines[part::3], name=f"{random.Random(run * 10 + part).random()}.jsonl")
        project_in(data)
        (data / "scrub.key").write_text("k" * 64)
        code = "from agentlog import build_dataset; print(build_dataset('coder').folder)"
        done = subprocess.run(
            [sys.executable, "-c", code], env={**os.environ, "PYTHONHASHSEED": seed}, cwd=data, capture_output=True, text=True, check=True
        )
        digests.add(digest_of(Path(done.stdout.strip())))
    assert len(digests) == 1


def test_building_again_writes_nothing_and_says_so(tmp_path: Path) -> None:
    write_log(tmp_path, distinct_lines(40))
    project = project_in(tmp_path)
    first = build_dataset("coder", project=project)
    before = digest_of(first.folder), first.folder.stat().st_mtime_ns
    again = build_dataset("coder", project=project)
    assert (again.folder, again.already_there) == (first.folder, True)
    assert (digest_of(first.folder), first.folder.stat().st_mtime_ns) == before


def test_personal_data_and_keys_reach_no_file_of_the_dataset(tmp_path: Path) -> None:
    mail, token = "ana.ruiz@corp.io", "ghp_" + "a1B2" * 9
    lines = distinct_lines(40)
    for number, one in enumerate(lines):
        one["messages"] = [SYSTEM, {"role": "user", "content": f"{one['messages'][1]['content']} mail {mail} with {token}"}]
        if number == 3:
            one["human_feedback"] = {"corrections": f"better, {mail} {number}"}
    write_log(tmp_path, lines)
    result = build_dataset("coder", project=project_in(tmp_path), exports=["alpaca"])
    everything = b"".join(file.read_bytes() for file in result.folder.iterdir())
    assert mail.encode() not in everything
    assert token.encode() not in everything
    assert set(result.manifest.privacy["replaced"]) == {"EMAIL_ADDRESS", "SECRET"}
    assert (tmp_path / "scrub.key").stat().st_mode & 0o077 == 0
    assert (tmp_path / "scrub.key").read_bytes() not in everything


def test_alpaca_rows_are_the_single_turn_rows(tmp_path: Path) -> None:
    write_log(tmp_path, distinct_lines(40))
    result = build_dataset("coder", project=project_in(tmp_path), exports=["alpaca"])
    rows = [orjson.loads(row) for row in (result.folder / "coder_agent_train.alpaca.jsonl").read_bytes().splitlines()]
    samples = open_dataset(result.folder).samples("train")
    assert [row["output"] for row in rows] == [sample.messages[-1]["content"] for sample in samples]
    assert all(row["system"] == SYSTEM["content"] and row["instruction"] for row in rows)


def test_a_retry_and_a_correction_become_preference_pairs(tmp_path: Path) -> None:
    lines = distinct_lines(60)
    for number, one in enumerate(list(lines)):
        answer, question = one["model_output"], one["messages"]
        if number % 5 == 4:
            history = [*question, answer, {"role": "user", "content": f"tests failed {number}"}]
            fixed = {"role": "assistant", "content": f"mended {number}"}
            lines.append(
                line(number + 1, session=one["session_id"], messages=history, model_output=fixed, execution_result={"status": "success"})
            )
        elif number % 5 == 0:
            one["human_feedback"] = {"corrections": f"a better way {number}"}
    write_log(tmp_path, lines)
    result = build_dataset("coder", project=project_in(tmp_path))
    pairs = [orjson.loads(row) for row in (result.folder / "preferences.jsonl").read_bytes().splitlines()]
    assert {pair["from"] for pair in pairs} == {"retry", "correction"}
    assert all(pair["chosen"] != pair["rejected"] and pair["prompt"][-1]["role"] == "user" for pair in pairs)


def test_gates_of_the_project_decide_the_verdict_in_the_manifest(tmp_path: Path) -> None:
    write_log(tmp_path, distinct_lines(40))
    settings = "roles: {coder: {task_types: [implement, fix, refactor, test]}}\nbuild: {gates: {coverage: 0.8, correctness: 0.9}}\n"
    manifest = build_dataset("coder", project=project_in(tmp_path, settings)).manifest
    assert (manifest.gates["coverage"].passed, manifest.gates["correctness"].passed) == (False, True)
    assert not manifest.gates_passed


def test_the_review_sample_has_at_least_twenty_rows(tmp_path: Path) -> None:
    write_log(tmp_path, distinct_lines(60))
    folder = build_dataset("coder", project=project_in(tmp_path)).folder
    rows = [orjson.loads(row) for row in (folder / "review.jsonl").read_bytes().splitlines()]
    assert len(rows) == 20
    assert all(row["rating"] is None and row["answers"] for row in rows)


def test_a_role_without_interactions_is_refused_naming_those_there_are(tmp_path: Path) -> None:
    write_log(tmp_path, distinct_lines(3))
    with pytest.raises(BuildRefusedError, match=r"'tester'.*coder \(3\)"):
        build_dataset("tester", project=project_in(tmp_path))


def test_when_every_row_is_dropped_the_filter_that_took_most_is_named(tmp_path: Path) -> None:
    write_log(tmp_path, [one | {"execution_result": {"status": "failure"}} for one in distinct_lines(6)])
    with pytest.raises(BuildRefusedError, match=r"coder: none of 6 answers.*select took most: 6 \(failed[^)]*\)$"):
        build_dataset("coder", project=project_in(tmp_path))
    assert list_datasets(tmp_path, "coder") == []


@pytest.mark.parametrize(
    ("stage", "setting"), [("select", {"where": "turns > 99"}), ("decontaminate", {"files": ["own.jsonl"], "ngram": 5})]
)
def test_when_a_setting_drops_every_row_the_refusal_names_it(tmp_path: Path, stage: str, setting: dict[str, object]) -> None:
    lines = distinct_lines(6)
    write_log(tmp_path, lines)
    (tmp_path / "own.jsonl").write_bytes(b"".join(orjson.dumps({"text": one["messages"][-1]["content"]}) + b"\n" for one in lines))
    project = project_in(tmp_path, "build: " + orjson.dumps({stage: setting}).decode())
    with pytest.raises(BuildRefusedError, match=rf"took most: \d \(.*See build\.{stage} in agentlog\.yaml$"):
        build_dataset("coder", project=project)


def test_too_few_independent_tasks_for_three_splits_are_refused(tmp_path: Path) -> None:
    write_log(tmp_path, distinct_lines(2))
    with pytest.raises(BuildRefusedError, match="2 rows of 2 independent tasks are too few"):
        build_dataset("coder", project=project_in(tmp_path))


def test_without_a_log_the_build_is_refused(tmp_path: Path) -> None:
    with pytest.raises(BuildRefusedError, match="the log has no interactions at all"):
        build_dataset("coder", project=project_in(tmp_path / "empty"))
    with pytest.raises(LogError):
        build_dataset("coder", data=tmp_path / "nowhere", project=project_in(tmp_path))


@pytest.mark.parametrize("setting", [{"engine": "warp"}, {"exports": ["word"]}])
def test_an_unknown_engine_or_export_is_refused_naming_the_choices(tmp_path: Path, setting: dict[str, object]) -> None:
    write_log(tmp_path, distinct_lines(4))
    with pytest.raises(SettingError, match="choose from"):
        build_dataset("coder", project=project_in(tmp_path), **setting)  # type: ignore[arg-type]


def test_a_role_that_cannot_name_a_folder_is_refused(tmp_path: Path) -> None:
    write_log(tmp_path, [one | {"agent_role": "../coder"} for one in distinct_lines(40)])
    with pytest.raises(SettingError, match="cannot name a folder"):
        build_dataset("../coder", project=project_in(tmp_path))


def test_a_changed_file_is_found_when_the_dataset_is_opened(tmp_path: Path) -> None:
    write_log(tmp_path, distinct_lines(40))
    folder = build_dataset("coder", project=project_in(tmp_path)).folder
    assert find_dataset(tmp_path, "coder") == folder
    with (folder / "coder_agent_train.jsonl").open("ab") as stream:
        stream.write(b"{}\n")
    with pytest.raises(DatasetError, match=r"coder_agent_train\.jsonl is not what was written"):
        open_dataset(folder)


def test_a_dataset_opens_as_hugging_face_datasets(tmp_path: Path) -> None:
    write_log(tmp_path, distinct_lines(40))
    dataset = open_dataset(build_dataset("coder", project=project_in(tmp_path)).folder)
    assert dataset.as_hf()["train"].num_rows == dataset.manifest.splits["train"].rows


def test_of_two_builds_at_once_one_waits_and_finds_the_dataset_there(tmp_path: Path) -> None:
    project_in(tmp_path)
    write_log(tmp_path, distinct_lines(40))
    code = "from agentlog import build_dataset; made = build_dataset('coder'); print(made.folder, made.already_there)"
    started = [subprocess.Popen([sys.executable, "-c", code], cwd=tmp_path, stdout=subprocess.PIPE, text=True) for _ in range(2)]
    said = sorted(process.communicate()[0].split() for process in started)
    assert [already for _, already in said] == ["False", "True"]
    assert said[0][0] == said[1][0]


def test_an_answer_that_the_log_could_not_hold_as_it_was_is_trained_only_if_the_project_says_so(tmp_path: Path) -> None:
    lines = distinct_lines(40)
    lines[0]["metadata"] = {"changed": ["messages[1].content: lone surrogates escaped"]}
    lines[1]["metadata"] = {"changed": ["messages: tuple as a list", "metadata.arguments.x: bytes as base64"]}
    write_log(tmp_path, lines)
    strict = build_dataset("coder", project=project_in(tmp_path))
    drops = [orjson.loads(row) for row in (strict.folder / "drops.jsonl").read_bytes().splitlines()]
    assert [drop["source_ids"] for drop in drops if drop["reason"] == "changed"] == [[lines[0]["id"]]]
    lenient = build_dataset("coder", project=project_in(tmp_path, "build: {select: {allow_changed: true}}\n"))
    assert b'"changed"' not in (lenient.folder / "drops.jsonl").read_bytes()


def test_what_the_model_said_is_in_no_preference_pair_if_the_log_could_not_hold_it(tmp_path: Path) -> None:
    lines = distinct_lines(40)
    for one in lines:
        one["human_feedback"] = {"corrections": "the right " + one["model_output"]["content"]}
    for one in lines[::2]:
        one["metadata"] = {"changed": ["model_output.content: object as its repr"]}
    write_log(tmp_path, lines)
    folder = build_dataset("coder", project=project_in(tmp_path)).folder
    pairs = [orjson.loads(row)["rejected"][0] for row in (folder / "preferences.jsonl").read_bytes().splitlines()]
    assert pairs
    assert all(pair in [one["model_output"] for one in lines[1::2]] for pair in pairs)

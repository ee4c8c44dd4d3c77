"""Rows that overlap a benchmark are not trained on, and their drops say what they hit."""

import gzip
import json
import os
import subprocess
import sys
import tarfile
from pathlib import Path
from typing import Any

import orjson
import pytest
import zstandard
from hypothesis import given, settings
from hypothesis import strategies as st

from agentlog.errors import SettingError
from agentlog.project import DecontaminateSettings
from agentlog.schema.outcome import DropReason
from agentlog.schema.sample import Sample
from agentlog.stages.decontaminate import DecontaminateConfig, benchmark_file, decontaminate
from agentlog.stages.word_runs import LEAST_WORDS, words

ITEM = "write a function which returns the third largest prime number below a given limit without any loop"
SHORT = "name the tallest mountain of Peru"


def row(text: str, answer: str = "ok", **beside: Any) -> Sample:
    messages = [{"role": "user", "content": text}, {"role": "assistant", "content": answer, **beside}]
    return Sample(id="r", messages=messages, trained=(1,), source_ids=("i",))


def config_of(*files: Path, **settings: Any) -> DecontaminateConfig:
    return DecontaminateConfig(files=tuple(map(benchmark_file, files)), **settings)


def written(folder: Path, *items: Any, name: str = "test.jsonl") -> Path:
    file = folder / name
    file.write_bytes(b"".join(orjson.dumps(item) + b"\n" for item in items))
    return file


def details(config: DecontaminateConfig, *rows: Sample) -> list[str]:
    return [drop.detail for drop in decontaminate(rows, config).dropped]


def test_a_row_that_shares_thirteen_words_in_a_row_is_dropped_and_told_with_file_and_item(tmp_path: Path) -> None:
    config = config_of(
        written(tmp_path, {"task_id": "T/0", "q": "something else entirely, of more than six words"}, {"task_id": "T/1", "q": ITEM})
    )
    hit = row("Please, " + " ".join(ITEM.split()[2:15]).upper() + "!")
    outcome = decontaminate([row("harmless"), hit], config)
    assert [(drop.reason, drop.detail) for drop in outcome.dropped] == [
        (DropReason.CONTAMINATED, "test.jsonl T/1 (line 2): 1 of 5 13-grams")
    ]
    assert outcome.counts == {"test.jsonl": 1}
    assert details(config, row(" ".join(ITEM.split()[2:14]))) == []


def test_every_message_but_the_system_prompt_counts_and_no_run_reaches_over_messages(tmp_path: Path) -> None:
    config = config_of(written(tmp_path, {"q": ITEM}))
    call = {"id": "1", "type": "function", "function": {"name": "ask", "arguments": json.dumps({"text": f"hm\n{ITEM}"})}}
    half, rest = " ".join(ITEM.split()[:9]), " ".join(ITEM.split()[9:])
    system = Sample(id="s", messages=[{"role": "system", "content": ITEM}, *row("a").messages], trained=(2,), source_ids=("i",))
    tool = Sample(id="t", messages=[{"role": "tool", "content": ITEM}, *row("a").messages], trained=(2,), source_ids=("i",))
    hits = [row("a", ITEM), row("a", "", tool_calls=[call]), row("a", reasoning_content=ITEM), tool]
    assert len(details(config, *hits)) == 4
    assert details(config, row(half, rest), system) == []


def test_letters_that_json_escapes_are_those_letters(tmp_path: Path) -> None:
    said = "für jede Zahl größer als zwölf gib die Wurzel und das Quadrat der nächsten Zahl aus"
    call = {"id": "1", "type": "function", "function": {"name": "ask", "arguments": json.dumps({"text": said})}}
    assert len(details(config_of(written(tmp_path, said)), row("a", "", tool_calls=[call]))) == 1


def test_a_short_text_counts_as_a_whole_if_it_has_six_words_and_a_shorter_one_does_not(tmp_path: Path) -> None:
    config = config_of(written(tmp_path, {"id": 7, "q": SHORT}, {"q": "what is that"}))
    assert details(config, row(f"Now {SHORT}!")) == ["test.jsonl 7 (line 1): 1 of 1 6-grams"]
    assert details(config, row("name the tallest mountain of Chile"), row("what is that")) == []
    assert len(SHORT.split()) == LEAST_WORDS


def test_a_script_without_spaces_is_compared_by_characters(tmp_path: Path) -> None:
    said = "秘鲁最高的山峰叫什么名字请用一句话回答"
    config = config_of(written(tmp_path, {"q": said}))
    assert len(details(config, row(f"问题:{said[2:16]}"))) == 1
    assert details(config, row("今天的天气怎么样我想出去走走散散步好吗")) == []


def test_counting_and_what_most_items_share_is_no_contamination(tmp_path: Path) -> None:
    opening = "answer the following question about the world in one short sentence and explain your choice"
    items = [{"q": f"{opening} number {number} {'abcdefghijklmnop'[number] * 3} stands for what"} for number in range(15)]
    config = config_of(written(tmp_path, *items, {"q": " ".join(map(str, range(30)))}))
    assert details(config, row(opening), row(" ".join(map(str, range(40))))) == []
    assert details(config, row(items[3]["q"])) == ["test.jsonl line 4: 5 of 5 13-grams"]


def test_a_small_file_of_which_all_items_share_a_text_protects_it(tmp_path: Path) -> None:
    config = config_of(written(tmp_path, *({"q": ITEM, "a": letter} for letter in "abc")))
    assert details(config, row(ITEM)) == [
        "test.jsonl line 1: 5 of 5 13-grams; test.jsonl line 2: 5 of 5 13-grams; test.jsonl line 3: 5 of 5 13-grams"
    ]


def test_the_worst_items_come_first_and_the_rest_is_a_number(tmp_path: Path) -> None:
    texts = [f"{ITEM} {' '.join(f'w{place}x{number}' for place in range(number))}" for number in range(5)]
    config = config_of(written(tmp_path, *({"id": f"q{number}", "q": text} for number, text in enumerate(texts))))
    [told] = details(config, row(texts[4]))
    assert told.startswith("test.jsonl q4 (line 5): 9 of 9 13-grams; ")
    assert told.endswith("; 2 more items")


def test_overlap_lets_rows_share_less_than_that_part_of_a_text(tmp_path: Path) -> None:
    file = written(tmp_path, {"q": ITEM})
    part = row(" ".join(ITEM.split()[:13]))
    assert len(details(config_of(file), part)) == 1
    assert details(config_of(file, overlap=0.5), part) == []
    assert len(details(config_of(file, overlap=0.5), row(ITEM))) == 1


def test_the_length_of_a_run_can_be_chosen(tmp_path: Path) -> None:
    file = written(tmp_path, {"q": ITEM})
    assert len(details(config_of(file, ngram=8), row(" ".join(ITEM.split()[3:11])))) == 1
    assert len(details(config_of(file, ngram=3), row("the third largest"))) == 1


@pytest.mark.parametrize(
    ("name", "content", "item"),
    [
        ("a.jsonl", orjson.dumps({"q": [{"deep": ITEM}]}), "line 1"),
        ("a.json", orjson.dumps(["other", {"id": "x1", "q": ITEM}], option=orjson.OPT_INDENT_2), "x1 (item [1])"),
        ("a.json", orjson.dumps({"version": 1, "data": [{"q": ITEM}]}), "item data[0]"),
        ("a.json", orjson.dumps({"x1": {"q": ITEM}}), "item x1"),
        ("a.json", orjson.dumps({ITEM: 1}), "an item"),
        ("a.json", b'{"q": "one"}\n' + orjson.dumps({"q": ITEM}), "line 2"),
        ("a.csv", f'id,question\n1,"{ITEM}, say"\n'.encode(), "line 2"),
        ("a.tsv", f"1\t{ITEM}\n".encode(), "line 1"),
        ("a.txt", f"one\ntwo\n \n\n{ITEM[:40]}\n{ITEM[40:]}\n\nthree".encode(), "line 5"),
        ("a.txt", f"\ufeffone\r\n{ITEM}\r\n".encode(), "line 2"),
        ("bare", f"one\n{ITEM}".encode(), "line 2"),
        ("bare", orjson.dumps([ITEM]), "item [0]"),
    ],
)
@pytest.mark.parametrize("pack", [bytes, gzip.compress, zstandard.compress])
def test_any_usual_file_is_read_packed_or_not(tmp_path: Path, name: str, content: bytes, item: str, pack: Any) -> None:
    file = tmp_path / f"{name}{ {gzip.compress: '.gz', zstandard.compress: '.zst'}.get(pack, '') }"
    file.write_bytes(pack(content))
    [told] = details(config_of(file), row(ITEM))
    assert told.startswith(f"{file.name} {item}: ")


@pytest.mark.parametrize(
    ("name", "content", "why"),
    [
        ("a.jsonl", b'{"q": 1}\n{"q": ', "not JSON lines"),
        ("a.json", b"[1, 2", "not JSON lines"),
        ("a.json", b"[" * 300 + b"]" * 300, "nested too deeply"),
        ("a.parquet", b"PAR1\xff\xfe", "is no text"),
        ("a.txt.gz", gzip.compress(b"some words that are here " * 9)[:-9], "cannot be read"),
        ("a.csv", b'"' + b"x" * 200_000 + b'"', "field larger"),
        ("a.jsonl", b'{"q": "too short"}\n', "protects nothing"),
        ("a.jsonl", b"", "protects nothing"),
    ],
)
def test_a_file_that_cannot_protect_is_refused(tmp_path: Path, name: str, content: bytes, why: str) -> None:
    file = tmp_path / name
    file.write_bytes(content)
    with pytest.raises(SettingError, match=why):
        decontaminate([row("a")], config_of(file))


def test_a_file_that_is_missing_or_changes_after_planning_is_refused(tmp_path: Path) -> None:
    with pytest.raises(SettingError, match="cannot be read"):
        benchmark_file(tmp_path / "none.jsonl")
    with pytest.raises(SettingError, match="cannot be read"):
        benchmark_file(tmp_path)
    file = written(tmp_path, {"q": ITEM})
    config = config_of(file)
    written(tmp_path, {"q": SHORT})
    with pytest.raises(SettingError, match="has changed since the build was planned"):
        decontaminate([row("a")], config)


def test_settings_are_a_list_of_files_or_say_more() -> None:
    alone = DecontaminateSettings.model_validate(["a.jsonl"])
    assert (alone.files, alone.ngram, alone.overlap) == ((Path("a.jsonl"),), 13, 0)
    assert DecontaminateSettings.model_validate({"files": ["a.jsonl"], "overlap": 0.5}).overlap == 0.5
    assert set(DecontaminateSettings.model_fields) == set(DecontaminateConfig.model_fields)


def test_without_files_nothing_is_dropped() -> None:
    outcome = decontaminate([row(ITEM)], DecontaminateConfig())
    assert (len(outcome.kept), outcome.dropped, outcome.counts) == (1, [], {})


vocabulary = [f"word{letter}" for letter in "abcde"]


@settings(deadline=None, max_examples=100)
@given(
    st.lists(st.lists(st.sampled_from(vocabulary), max_size=9).map(" ".join), min_size=1, max_size=4),
    st.lists(st.lists(st.sampled_from([*vocabulary, "other"]), max_size=12).map(" ".join), min_size=1, max_size=4),
)
def test_what_is_dropped_is_what_shares_a_run_by_brute_force(tmp_path_factory: Any, items: list[str], texts: list[str]) -> None:
    def runs(text: str) -> set[tuple[str, ...]]:
        said = words(text)
        found = {tuple(said[place : place + 4]) for place in range(len(said) - 3)}
        return {run for run in found if len(set(run)) >= 3}

    known: set[tuple[str, ...]] = set().union(*map(runs, items))
    config = config_of(written(tmp_path_factory.mktemp("b"), *items), ngram=4)
    if not known:
        with pytest.raises(SettingError):
            decontaminate([row("a")], config)
        return
    outcome = decontaminate([row(text).model_copy(update={"id": str(place)}) for place, text in enumerate(texts)], config)
    assert [drop.sample_id for drop in outcome.dropped] == [str(place) for place, text in enumerate(texts) if runs(text) & known]


@settings(deadline=None, max_examples=60)
@given(st.text(max_size=60) | st.sampled_from(["\ud800 lone", "a\0b", "\\\\n\\u00e4"]))
def test_any_text_has_words_and_case_and_marks_do_not_matter(text: str) -> None:
    said = words(text)
    assert all(said)
    assert words(" ".join(said)) == said


def test_the_drops_are_the_same_for_any_hash_seed(tmp_path: Path) -> None:
    file = written(tmp_path, {"id": "a", "q": ITEM}, {"id": "b", "q": f"{ITEM} or two"})
    rows = [row(ITEM), row(" ".join(ITEM.split()[1:]))]
    program = (
        "from pathlib import Path; from agentlog.schema.sample import Sample;"
        "from agentlog.stages.decontaminate import DecontaminateConfig, benchmark_file, decontaminate;"
        f"rows = [Sample.model_validate_json(row) for row in {[one.model_dump_json() for one in rows]!r}];"
        f"config = DecontaminateConfig(files=(benchmark_file(Path({str(file)!r})),));"
        "print([drop.detail for drop in decontaminate(rows, config).dropped])"
    )
    for seed in ("0", "1"):
        done = subprocess.run(
            [sys.executable, "-c", program], env={**os.environ, "PYTHONHASHSEED": seed}, capture_output=True, text=True, check=True
        )
        assert done.stdout.strip() == str(details(config_of(file), *rows))


def test_every_run_of_humaneval_is_found_in_real_logs_and_hardly_anything_in_other_code(shared_data: Path) -> None:
    config = config_of(shared_data / "sft" / "HumanEval.jsonl.gz")
    with tarfile.open(shared_data / "trajectories" / "reflexion-humaneval-alfworld-hotpotReAct.tar.gz") as archive:
        [member] = [member for member in archive if member.name.endswith("simple_1_gpt-4_pass_at_k_1.jsonl")]
        stream = archive.extractfile(member)
        assert stream is not None
        logged = [orjson.loads(line) for line in stream]
    told = details(config, *(row(one["prompt"], one["solution"]) for one in logged))
    assert len(told) == len(logged) == 164
    assert all(f" HumanEval/{number} (line {number + 1}): " in one for number, one in enumerate(told))
    alpaca = json.loads(gzip.decompress((shared_data / "sft" / "code_alpaca_2k.json.gz").read_bytes()))
    assert len(details(config, *(row(f"{one['instruction']}\n{one['input']}", one["output"]) for one in alpaca))) < len(alpaca) // 200

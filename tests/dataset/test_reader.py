"""Reading a dataset back: by role, whole, and with the line named that is no row."""

import orjson
import pytest

from agentlog._io.atomic import write_file
from agentlog.dataset.reader import find_dataset, open_dataset
from agentlog.dataset.writer import digest_of
from agentlog.errors import DatasetError
from tests.trainer.tiny import make_dataset


def rewritten(folder, change):
    """The training split with its second line changed, and the manifest made to agree."""
    manifest = orjson.loads((folder / "manifest.json").read_bytes())
    split = manifest["splits"]["train"]
    lines = (folder / split["file"]).read_bytes().splitlines(keepends=True)
    lines[1] = orjson.dumps({**orjson.loads(lines[1]), **change}) + b"\n"
    write_file(folder / split["file"], b"".join(lines))
    split["digest"] = digest_of(folder / split["file"])
    write_file(folder / "manifest.json", orjson.dumps(manifest))
    return folder


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"weight": None}, r"train\.jsonl:2: weight: Input should be a valid number"),
        ({"weight": -1.0}, r"train\.jsonl:2: weight: Input should be greater than 0"),
        ({"weight": 0}, r"train\.jsonl:2: weight: "),
        ({"messages": "none"}, r"train\.jsonl:2: messages: "),
    ],
)
def test_a_line_that_is_no_row_is_named(tmp_path, change, words):
    dataset = open_dataset(rewritten(make_dataset(tmp_path), change))
    with pytest.raises(DatasetError, match=words):
        dataset.samples("train")


def test_a_dataset_that_was_moved_to_another_role_is_not_taken_for_that_roles(tmp_path):
    made = make_dataset(tmp_path, role="tester")
    place = made.parent.parent / "coder" / made.name
    place.parent.mkdir()
    made.rename(place)
    with pytest.raises(DatasetError, match="is one of role tester, not of coder"):
        find_dataset(tmp_path, "coder")


def test_an_edited_split_is_refused(tmp_path):
    folder = make_dataset(tmp_path)
    with (folder / "coder_agent_train.jsonl").open("ab") as file:
        file.write(b"{}\n")
    with pytest.raises(DatasetError, match=r"coder_agent_train\.jsonl is not what was written"):
        open_dataset(folder)

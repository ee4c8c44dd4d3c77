"""Preflight: every refusal names both sides and the way out, and none of them is overruled without a written reason."""

import json
import shutil
from pathlib import Path

import pytest
from transformers import AutoTokenizer

from agentlog.dataset.reader import open_dataset
from agentlog.errors import SettingError, TrainingRefusedError
from agentlog.project import Project, RoleSettings
from agentlog.schema.manifest import Gate
from agentlog.schema.sample import Sample
from tests.trainer.tiny import make_dataset, make_project, make_sample
from trainer import TrainConfig
from trainer.base.fingerprint import fingerprint
from trainer.preflight import Preflight, inspect
from trainer.preflight.models import looking_like


def look(project: Project, base: object, dataset: dict | None = None, **settings) -> Preflight:
    folder = make_dataset(project.data, **(dataset or {}))
    return inspect(TrainConfig(role="coder", base_model=str(base), **settings), project, open_dataset(folder))


def refusal(flight: Preflight) -> str:
    with pytest.raises(TrainingRefusedError) as raised:
        flight.checklist.insist()
    return str(raised.value)


def item(flight: Preflight, name: str):
    return next(item for item in flight.checklist.items if item.name == name)


def test_a_good_run_is_told_in_numbers(tmp_path, base):
    flight = look(make_project(tmp_path, str(base)), base, batch_size=2, accumulation=2)
    assert flight.checklist.refusals == []
    assert item(flight, "predicted steps").value.startswith("6 (3 epochs of 8 rows, 4 rows a step)")
    assert item(flight, "models of the data").value == "tiny × 28"
    assert sum(row.targets for row in flight.rows["train"]) == int(item(flight, "target tokens").value.split()[0])
    assert max(len(row.input_ids) for row in flight.rows["train"]) == int(item(flight, "longest row").value.split()[0])


def test_weights_are_not_loaded(tmp_path, base):
    """A base whose weights are no numbers passes preflight: they are hashed, and only the heads of the files are understood."""
    broken = Path(shutil.copytree(base, tmp_path / "broken"))
    weights = broken / "model.safetensors"
    content = weights.read_bytes()
    head = 8 + int.from_bytes(content[:8], "little")
    weights.write_bytes(content[:head] + b"\xff" * (len(content) - head))
    assert look(make_project(tmp_path, str(broken)), broken).checklist.refusals == []


def test_a_role_without_deployed_model_is_refused(tmp_path, base):
    words = refusal(look(make_project(tmp_path, None), base))
    assert "deployed model: none is named for role coder" in words
    assert "roles.coder.deployed_model in agentlog.yaml" in words


def test_a_base_that_is_not_the_deployed_model_is_refused_with_both_names(tmp_path, base, other_base):
    words = refusal(look(make_project(tmp_path, str(base)), other_base))
    assert str(base) in words
    assert str(other_base) in words
    assert f"--base-model {base}" in words
    assert "--accept" in words


def test_a_deployed_model_that_is_not_at_hand_is_compared_by_name(tmp_path, base):
    words = refusal(look(make_project(tmp_path, "team/served-elsewhere"), base))
    assert "team/served-elsewhere, but the base is" in words


def test_a_copy_of_the_deployed_model_under_another_name_is_the_deployed_model(tmp_path, base):
    copy = shutil.copytree(base, tmp_path / "renamed")
    assert look(make_project(tmp_path, str(base)), copy).checklist.refusals == []


def test_the_same_name_with_other_content_is_not_the_deployed_model(tmp_path, base, other_base):
    """The deployed folder was replaced by another model after its name was written down: content decides."""
    served = Path(shutil.copytree(base, tmp_path / "served"))
    swapped = Path(shutil.copytree(base, tmp_path / "swapped"))
    shutil.copy(other_base / "model.safetensors", swapped / "model.safetensors")
    assert "but the base is" in refusal(look(make_project(tmp_path, str(served)), swapped))


def test_both_sides_of_a_mismatch_are_shown_by_name_and_content(tmp_path, base, other_base):
    words = refusal(look(make_project(tmp_path, str(base)), other_base))
    ours, theirs = (fingerprint(folder).overall[7:19] for folder in (other_base, base))
    assert f"{base} ({theirs}), but the base is {other_base} ({ours}): other weights" in words


def test_content_outranks_a_mapping_of_names(tmp_path, base, other_base):
    """Somebody mapped the name of another model; both are at hand, so the mapping is known to be wrong."""
    project = make_project(tmp_path, str(base), deployed_as=("tiny", str(other_base)))
    assert "other weights" in refusal(look(project, other_base))


def test_a_torn_base_is_refused_in_one_line(tmp_path, base):
    torn = Path(shutil.copytree(base, tmp_path / "torn"))
    content = (torn / "model.safetensors").read_bytes()
    (torn / "model.safetensors").write_bytes(content[: len(content) // 2])
    with pytest.raises(TrainingRefusedError, match=r"model\.safetensors is damaged") as raised:
        look(make_project(tmp_path, str(torn)), torn)
    assert "\n" not in str(raised.value)


def test_a_quantised_base_is_refused_whatever_the_reason(tmp_path, base):
    small = Path(shutil.copytree(base, tmp_path / "small"))
    said = json.loads((small / "config.json").read_text())
    (small / "config.json").write_text(json.dumps({**said, "quantization_config": {"quant_method": "bitsandbytes", "load_in_4bit": True}}))
    flight = look(make_project(tmp_path, str(small)), small, accept="never mind")
    assert "precision of the base: its weights are quantised (bitsandbytes)" in refusal(flight)


def test_a_configuration_of_another_vocabulary_than_the_weights_is_refused(tmp_path, base):
    resized = Path(shutil.copytree(base, tmp_path / "resized"))
    said = json.loads((resized / "config.json").read_text())
    (resized / "config.json").write_text(json.dumps({**said, "vocab_size": said["vocab_size"] + 64}))
    words = refusal(look(make_project(tmp_path, str(resized)), resized))
    assert f"config.json says {said['vocab_size'] + 64} tokens, the weights have {said['vocab_size']}" in words


def test_a_served_copy_of_the_deployed_model_is_never_guessed_but_its_line_is_shown(tmp_path, base):
    project = make_project(tmp_path, "team/Tiny-Model", deployed_as=("tiny",))
    words = refusal(look(project, base, {"models": {"tiny": 20, "tiny_model-Q8_0.gguf": 8}}))
    assert "tiny_model-Q8_0.gguf looks like the deployed model" in words
    assert 'roles: {coder: {deployed_as: ["tiny", "tiny_model-Q8_0.gguf"]}} in agentlog.yaml' in words


@pytest.mark.parametrize(
    ("name", "alike"),
    [
        ("other/QWEN2.5-7B-instruct", True),
        ("qwen2.5-7b-instruct-q4_k_m.gguf", True),
        ("Qwen2.5-7B-Instruct-00001-of-00003.gguf", True),
        ("/models/Qwen2.5-7B-Instruct.i1-IQ3_XS.gguf", True),
        ("qwen2.5:7b-instruct-fp16", True),
        ("Qwen2.5-7B-Instruct-AWQ", True),
        ("Qwen2.5-7B-Instruct-bnb-4bit", True),
        ("Qwen2.5-7B", False),
        ("Qwen2.5-14B-Instruct", False),
        ("Qwen2-7B-Instruct", False),
        ("Qwen2.5-Coder-7B-Instruct-Q8_0.gguf", False),
        ("", False),
    ],
)
def test_what_looks_like_the_deployed_model(name, alike):
    role = RoleSettings(deployed_model="Qwen/Qwen2.5-7B-Instruct")
    assert looking_like([name], role) == ([name] if alike else [])


def test_a_gguf_as_the_deployed_model_is_refused_with_where_it_belongs(tmp_path, base):
    words = refusal(look(make_project(tmp_path, "tiny-q8_0.gguf"), base))
    assert "the GGUF file's name goes under deployed_as" in words


@pytest.mark.parametrize("reason", ["", " ", "\t\n"])
def test_a_reason_that_says_nothing_is_none(base, reason):
    with pytest.raises(SettingError, match="accept"):
        TrainConfig.of("options", {"role": "coder", "base_model": str(base), "accept": reason})


def test_a_name_the_server_reports_counts_as_the_deployed_model(tmp_path, base):
    project = make_project(tmp_path, "team/served-elsewhere", deployed_as=("tiny", str(base)))
    assert look(project, base).checklist.refusals == []


def test_answers_of_a_stranger_are_refused_with_the_mix_shown(tmp_path, base):
    words = refusal(look(make_project(tmp_path, str(base)), base, {"models": {"tiny": 20, "gpt-x": 8}}))
    assert "tiny × 20, gpt-x × 8" in words
    assert "gpt-x is neither the deployed model" in words


def test_answers_of_a_named_teacher_are_welcome(tmp_path, base):
    project = make_project(tmp_path, str(base), teachers=("gpt-x",))
    assert look(project, base, {"models": {"tiny": 20, "gpt-x": 8}}).checklist.refusals == []


def test_failed_gates_are_refused(tmp_path, base):
    gates = {"coverage": Gate(score=0.5, least=0.8, passed=False), "correctness": Gate(score=None, least=0.9, passed=False)}
    words = refusal(look(make_project(tmp_path, str(base)), base, {"gates": gates}))
    assert "coverage 0.50 < 0.8" in words
    assert "correctness not measured < 0.9" in words


def test_a_written_reason_overrules_models_and_gates_and_is_kept(tmp_path, base, other_base):
    gates = {"coverage": Gate(score=0.5, least=0.8, passed=False)}
    data = {"models": {"gpt-x": 8}, "gates": gates}
    flight = look(make_project(tmp_path, str(base)), other_base, data, accept="a trial")
    flight.checklist.insist()
    assert [accepted.item for accepted in flight.checklist.accepted] == ["deployed model", "models of the data", "dataset"]
    assert {accepted.reason for accepted in flight.checklist.accepted} == {"a trial"}


def test_rows_that_would_be_cut_are_refused_whatever_the_reason(tmp_path, base):
    flight = look(make_project(tmp_path, str(base)), base, max_length=20, accept="never mind")
    longest = max(len(row.input_ids) for rows in flight.rows.values() for row in rows)
    assert f"--max-length {longest} would fit every row" in refusal(flight)


def test_the_length_it_names_is_enough(tmp_path, base):
    flight = look(make_project(tmp_path, str(base)), base)
    longest = max(len(row.input_ids) for rows in flight.rows.values() for row in rows)
    other = make_project(tmp_path / "again", str(base))
    assert look(other, base, max_length=longest).checklist.refusals == []
    assert "rows that would be cut" in refusal(look(make_project(tmp_path / "short", str(base)), base, max_length=longest - 1))


def test_a_row_beyond_the_context_of_the_base_is_refused(tmp_path, base):
    long = make_sample(0, answer="add " * 300)
    said = refusal(look(make_project(tmp_path, str(base)), base, {"train": [long]}))
    assert "longer than 256 tokens, the context of the base. no target may be lost: --overlong window" in said
    assert "--max-length" not in said


def test_labels_that_cannot_be_proven_are_refused_whatever_the_reason(tmp_path, base):
    rows = [make_sample(0), make_sample(1, answer="stop <|im_end|> here")]
    words = refusal(look(make_project(tmp_path, str(base)), base, {"train": rows}, accept="never mind"))
    assert "labels of train: 1 of 4 answers, in 1 of 2 rows, cannot be proven" in words
    assert "row row-1: message 1" in words


def test_a_base_without_a_chat_template_is_refused(tmp_path, base):
    bare = Path(shutil.copytree(base, tmp_path / "bare"))
    (bare / "chat_template.jinja").unlink()
    flight = look(make_project(tmp_path, str(bare)), bare)
    assert "chat template: the base has none" in refusal(flight)
    assert len(flight.checklist.refusals) == 1


def test_a_tokenizer_with_more_tokens_than_the_base_is_refused(tmp_path, base):
    """Somebody added tokens to the tokenizer and forgot the weights: the first row would end in an index error."""
    grown = Path(shutil.copytree(base, tmp_path / "grown"))
    tokenizer = AutoTokenizer.from_pretrained(grown)
    tokenizer.add_tokens(["mul_of"])
    tokenizer.save_pretrained(grown)
    flight = look(make_project(tmp_path, str(grown)), grown)
    assert f"vocabulary: the rows use token {len(tokenizer) - 1}, the base has {len(tokenizer) - 1}" in refusal(flight)


def test_tokens_that_no_row_uses_are_only_warned_of(tmp_path, base):
    """A tokenizer with a token for padding that the weights do not know is common, and does no harm in training."""
    grown = Path(shutil.copytree(base, tmp_path / "grown"))
    tokenizer = AutoTokenizer.from_pretrained(grown)
    tokenizer.add_tokens(["<|padding|>"])
    tokenizer.save_pretrained(grown)
    flight = look(make_project(tmp_path, str(grown)), grown)
    assert flight.checklist.refusals == []
    found = item(flight, "vocabulary")
    assert (found.verdict, found.value) == ("warn", f"the tokenizer knows {len(tokenizer)} tokens, the base {len(tokenizer) - 1}")


def test_of_labels_that_cannot_be_proven_there_is_one_reason(tmp_path, base):
    rows = [make_sample(0, answer="so <|im_end|> it ends").model_copy(update={"trained": (1,), "source_ids": ("a-0",)})]
    flight = look(make_project(tmp_path, str(base)), base, {"train": rows})
    assert [refused.name for refused in flight.checklist.refusals] == ["labels of train"]
    assert "message 1" in refusal(flight)


def test_rows_without_targets_are_left_out_with_a_word_and_none_at_all_is_refused(tmp_path, base):
    empty = Sample.model_validate({**make_sample(1).row(), "trained": [], "source_ids": []})
    flight = look(make_project(tmp_path, str(base)), base, {"train": [make_sample(0), empty]})
    assert item(flight, "rows of train without targets").verdict == "warn"
    assert len(flight.rows["train"]) == 1
    assert "target tokens: none" in refusal(look(make_project(tmp_path / "none", str(base)), base, {"train": [empty]}))


def test_a_base_that_is_not_found_is_refused_with_the_deployed_model_named(tmp_path, base):
    with pytest.raises(TrainingRefusedError, match=r"nowhere/base not found.*deployed model of role coder is"):
        look(make_project(tmp_path, str(base)), "nowhere/base")


def test_a_run_that_would_fill_the_disk_is_refused(tmp_path, base):
    """Real arithmetic on a real base: so many checkpoints that no disk holds them."""
    flight = look(make_project(tmp_path, str(base)), base, epochs=10**9)
    assert "disk" in refusal(flight)


def test_the_checklist_is_json(tmp_path, base):
    assert json.loads(json.dumps(look(make_project(tmp_path, str(base)), base).checklist.to_json()))["items"]

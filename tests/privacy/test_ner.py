"""Names are found by a model of the user's own that lies on this disk; nothing is downloaded, and nothing else is taken for a name."""

import json
import os
import random
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from agentlog.errors import MissingExtraError, RecogniserError, SettingError
from agentlog.privacy.ner import NerSetting, load_ner, parse_ner
from agentlog.privacy.recogniser import Scanned
from agentlog.privacy.text import Text

FIRST = ["Maria", "Peter", "Ana", "John", "Yuki", "Omar", "Lena", "Ivan"]
LAST = ["Keller", "Smith", "Ruiz", "Brown", "Tanaka", "Haddad", "Novak", "Jones"]
PLACES = ["Hamburg", "Madrid", "Osaka", "Oslo"]
SENTENCES = [
    "{} called us today",
    "please ask {} about it",
    "the order of {} is late",
    "we met {} in {place}",
    "the weather is fine in {place}",
    "nothing was said of it",
    "Customer {} moved to {place}",
]
Made = tuple[str, list[tuple[int, int, str]]]


def examples(count: int) -> list[Made]:
    """Made-up texts of one to three sentences, with the places of names and cities in them."""
    chance = random.Random(7)
    return [_joined([_sentence(chance) for _ in range(chance.randint(1, 3))], chance.choice("\n ")) for _ in range(count)]


def _sentence(chance: random.Random) -> Made:
    person, place = f"{chance.choice(FIRST)} {chance.choice(LAST)}", chance.choice(PLACES)
    text = chance.choice(SENTENCES).format(person, place=place)
    parts = [(part, label) for part, label in ((person, "PERSON"), (place, "GPE")) if part in text]
    return text, [(text.find(part), text.find(part) + len(part), label) for part, label in parts]


def _joined(sentences: list[Made], by: str) -> Made:
    text, spans = "", []
    for sentence, places in sentences:
        text += by if text else ""
        spans += [(start + len(text), end + len(text), label) for start, end, label in places]
        text += sentence
    return text, spans


@pytest.fixture(scope="module")
def spacy_model(tmp_path_factory) -> Path:
    """A pipeline that has learnt a few names."""
    import spacy
    from spacy.training import Example
    from spacy.util import fix_random_seed

    fix_random_seed(7)
    model = spacy.blank("en")
    model.add_pipe("ner")
    made = [Example.from_dict(model.make_doc(text), {"entities": spans}) for text, spans in examples(500)]
    optimizer = model.initialize(lambda: made)
    for start in range(0, len(made), 10):
        model.update(made[start : start + 10], sgd=optimizer, drop=0.1)
    folder = tmp_path_factory.mktemp("spacy") / "names"
    model.to_disk(folder)
    return folder


@pytest.fixture(scope="module")
def transformers_model(tmp_path_factory) -> Path:
    """A token classifier with a tokenizer of whole words, of 32 tokens at most."""
    import torch
    from tokenizers import Tokenizer, models, pre_tokenizers, processors
    from transformers import BertConfig, BertForTokenClassification, PreTrainedTokenizerFast

    made = examples(300)
    words = sorted({word for text, _ in made for word in text.split()})
    vocabulary = {word: number for number, word in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]", *words])}
    plain = Tokenizer(models.WordLevel(vocabulary, unk_token="[UNK]"))
    plain.pre_tokenizer = pre_tokenizers.Whitespace()
    plain.post_processor = processors.TemplateProcessing(single="[CLS] $A [SEP]", special_tokens=[("[CLS]", 2), ("[SEP]", 3)])
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=plain, pad_token="[PAD]", unk_token="[UNK]", cls_token="[CLS]", sep_token="[SEP]", model_max_length=32
    )
    labels = ["O", "B-PER", "I-PER", "B-LOC"]
    torch.manual_seed(7)
    network = BertForTokenClassification(
        BertConfig(vocab_size=len(vocabulary), hidden_size=32, num_hidden_layers=1, num_attention_heads=2, intermediate_size=64,
                   max_position_embeddings=32, id2label=dict(enumerate(labels)), label2id={label: n for n, label in enumerate(labels)})
    )  # fmt: skip
    batch = tokenizer([text for text, _ in made], return_offsets_mapping=True, padding=True, return_tensors="pt")
    wanted = torch.full(batch["input_ids"].shape, 0)
    for row, (_, spans) in enumerate(made):
        for column, (first, last) in enumerate(batch["offset_mapping"][row].tolist()):
            for start, end, label in spans:
                if start <= first < last <= end:
                    wanted[row, column] = 3 if label == "GPE" else 1 + (first > start)
    wanted[batch["attention_mask"] == 0] = -100
    optimizer = torch.optim.AdamW(network.parameters(), lr=1e-2)
    for _ in range(60):
        optimizer.zero_grad()
        network(input_ids=batch["input_ids"], attention_mask=batch["attention_mask"], labels=wanted).loss.backward()
        optimizer.step()
    folder = tmp_path_factory.mktemp("transformers") / "names"
    network.eval().save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


@pytest.fixture(params=["spacy", "transformers"])
def names(request) -> Scanned:
    return load_ner(f"{request.param}:{request.getfixturevalue(f'{request.param}_model')}")


def found(recogniser: Scanned, text: str) -> list[tuple[str, str]]:
    return [(span.entity, text[span.start : span.end]) for span in recogniser.find(Text(text))]


def test_names_and_places_are_found_where_they_stand(names: Scanned) -> None:
    text = "the weather is fine in Oslo\nplease ask Maria Keller about it"
    assert found(names, text) == [("LOCATION", "Oslo"), ("PERSON", "Maria Keller")]
    place, person = names.find(Text(text))
    assert (person.spreads, place.spreads) == (True, False)
    assert 0.5 <= person.score <= 1
    assert person.recogniser == names.name


def test_names_are_found_in_json_inside_strings(names: Scanned) -> None:
    text = json.dumps({"ok": True, "out": json.dumps({"id": 7, "note": "please ask Omar Haddad about it\nwe met Lena Novak in Madrid"})})
    assert found(names, text) == [("PERSON", "Omar Haddad"), ("PERSON", "Lena Novak"), ("LOCATION", "Madrid")]


def test_code_is_left_alone(names: Scanned) -> None:
    text = (
        "```\nplease ask Maria Keller about it\n```\ndef ask(Maria, Keller):\n    return Maria.Keller(Oslo)\nMaria_Keller = Oslo\nMaria()\n"
    )
    assert found(names, text) == []


def test_a_long_text_is_searched_to_its_end(names: Scanned) -> None:
    filling = "nothing was said of it\n" * 300
    text = f"{filling}we met Yuki Tanaka in Osaka {filling}the order of Ivan Jones is late"
    assert found(names, text) == [("PERSON", "Yuki Tanaka"), ("LOCATION", "Osaka"), ("PERSON", "Ivan Jones")]


def test_the_same_text_has_the_same_names_each_time(names: Scanned) -> None:
    text = "\n".join(text for text, _ in examples(60))
    assert list(names.find(Text(text))) == list(names.find(Text(text)))


def test_only_the_entities_that_were_asked_for_count(spacy_model: Path) -> None:
    persons = load_ner(NerSetting("spacy", str(spacy_model), entities=("PERSON",)))
    assert found(persons, "we met Lena Novak in Madrid") == [("PERSON", "Lena Novak")]
    assert found(load_ner(NerSetting("spacy", str(spacy_model), min_score=0.99)), "we met Lena Novak in Madrid") == []


@pytest.mark.parametrize(
    ("setting", "said"),
    [
        ("en_core_web_lg", "write spacy:MODEL, gliner:MODEL or transformers:MODEL"),
        ("flair:ner", "write spacy:MODEL"),
        ("spacy:no_such_model", "not on this disk: python -m spacy download no_such_model, or name a folder"),
        ("spacy:/no/such/folder", "not on this disk"),
        ("transformers:nobody/no-such-model", "not on this disk: download it with `hf download nobody/no-such-model`"),
        ("transformers:/no/such/folder", "not on this disk"),
    ],
)
def test_a_model_that_is_not_there_is_refused_in_one_line(setting: str, said: str) -> None:
    with pytest.raises(SettingError, match=said) as caught:
        load_ner(setting)
    assert "\n" not in str(caught.value)


def test_a_folder_that_holds_no_model_is_refused_in_one_line(tmp_path: Path, spacy_model: Path) -> None:
    import spacy

    spacy.blank("en").to_disk(tmp_path / "blank")
    for setting, said in ((f"spacy:{tmp_path / 'blank'}", "finds none of PERSON"), (f"transformers:{spacy_model}", "cannot be used"),
                          (f"spacy:{tmp_path}", "cannot be used")):  # fmt: skip
        with pytest.raises(SettingError, match=said) as caught:
            load_ner(setting)
        assert "\n" not in str(caught.value)
    with pytest.raises(SettingError, match="the entities"):
        load_ner(NerSetting("spacy", "x", entities=("FISH",)))


def test_a_package_that_is_missing_is_named_with_its_extra() -> None:
    if not _installed("gliner"):
        with pytest.raises(MissingExtraError, match=r"agentlog\[ner\]"):
            load_ner("gliner:team/some-model")


def _installed(module: str) -> bool:
    import importlib.util

    return importlib.util.find_spec(module) is not None


def test_a_model_that_fails_on_a_text_raises_and_does_not_pass_it_as_clean(transformers_model: Path, monkeypatch) -> None:
    """Presidio logs what its pipeline raises, and finds nothing."""
    from transformers import TokenClassificationPipeline

    names = load_ner(NerSetting("transformers", str(transformers_model), min_score=0.4))

    def fail(*_: Any, **__: Any) -> Any:
        raise ValueError("no")

    monkeypatch.setattr(TokenClassificationPipeline, "__call__", fail)
    with pytest.raises(RecogniserError, match="raised ValueError"):
        list(names.find(Text("we met Lena Novak in Madrid")))


def test_a_passage_that_takes_too_long_raises(spacy_model: Path) -> None:
    names = load_ner(NerSetting("spacy", str(spacy_model), limit_s=1e-9))
    with pytest.raises(RecogniserError, match="'ner-spacy' timed out"):
        list(names.find(Text("we met Lena Novak in Madrid")))


def test_a_setting_is_an_engine_and_a_model() -> None:
    assert parse_ner("spacy:en_core_web_lg") == NerSetting("spacy", "en_core_web_lg")
    assert parse_ner("transformers:C:/models") == NerSetting("transformers", "C:/models")


WATCHED = """
import os, sys
for name in ("HF_HUB_OFFLINE", "HF_HUB_DISABLE_TELEMETRY", "TRANSFORMERS_OFFLINE"):
    os.environ.pop(name, None)
def watch(event, arguments):
    if event in ("socket.connect", "socket.sendto", "socket.getaddrinfo", "socket.gethostbyname", "subprocess.Popen"):
        sys.stderr.write(f"SOCKET {event} {arguments!r}\\n")
        os._exit(99)
sys.addaudithook(watch)
from agentlog.errors import SettingError
from agentlog.privacy.ner import load_ner
from agentlog.privacy.text import Text
for setting in sys.argv[1:]:
    try:
        print([span.entity for span in load_ner(setting).find(Text("we met Lena Novak in Madrid"))])
    except SettingError:
        print("refused")
"""


def test_no_socket_is_opened_whether_the_model_is_there_or_not(spacy_model: Path, transformers_model: Path) -> None:
    settings = [f"spacy:{spacy_model}", f"transformers:{transformers_model}", "spacy:en_core_web_zz", "transformers:nobody/no-such-model"]
    done = subprocess.run([sys.executable, "-c", WATCHED, *settings], capture_output=True, text=True, check=False, env={**os.environ})
    assert "SOCKET" not in done.stderr
    assert done.stdout.splitlines() == ["['PERSON', 'LOCATION']"] * 2 + ["refused"] * 2, done.stderr

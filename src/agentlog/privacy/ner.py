"""Names, addresses and places, found by a language model of the user's own: spaCy, GLiNER or transformers, through Presidio's interface.

The model is one that lies on this disk, as a folder, an installed package or in the hub's cache. Nothing is ever downloaded: what is
missing is refused with what to do. It is loaded and tried once before any text is read. It is shown prose only (see
`agentlog.privacy.prose`), in passages of bounded length, and each passage has a time limit; of what it says, that is taken which looks
like a name: a model trained on newspapers takes many identifiers for people.

Organisations, nationalities and whatever else a model knows are left alone. No model finds all names.
"""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Any, NamedTuple

from agentlog._extras import require, require_all
from agentlog.errors import AgentlogError, RecogniserError, SettingError
from agentlog.privacy.deadline import DEFAULT_S, Deadline
from agentlog.privacy.presidio import load_presidio
from agentlog.privacy.prose import Passage, passages
from agentlog.privacy.recogniser import Scanned, Span
from agentlog.privacy.text import Text

ENTITIES = ("PERSON", "ADDRESS", "LOCATION")
_LABELS = {
    "PERSON": "PER PERSON PATIENT STAFF DOCTOR HCW NAME FULLNAME FIRSTNAME MIDDLENAME LASTNAME GIVENNAME SURNAME",
    "ADDRESS": "ADDRESS STREET STREETADDRESS FAC",
    "LOCATION": "LOC LOCATION GPE CITY",
    "ORGANIZATION": "ORG ORGANIZATION ORGANISATION COMPANY",
    "NRP": "NORP NRP",
}
_MEANS = {label: entity for entity, labels in _LABELS.items() for label in labels.split()}
"""What the usual labels of models mean."""
_ASKED = {"person": "PERSON", "street address": "ADDRESS", "city": "LOCATION", "organization": "ORGANIZATION"}
"""What a GLiNER model, which has no labels of its own, is asked for."""
_TRIAL = "Yesterday Maria Keller called from 12 Station Road in Hamburg."


@dataclass(frozen=True)
class NerSetting:
    """Which model, which of the entities it finds count, the least score (0 to 1), and the time limit of one passage in seconds."""

    engine: str
    model: str
    entities: tuple[str, ...] = ENTITIES
    min_score: float = 0.5
    limit_s: float = DEFAULT_S


class _Said(NamedTuple):
    start: int
    end: int
    label: str
    score: float


_Model = Callable[[str], list[_Said]]


def parse_ner(setting: str) -> NerSetting:
    """The setting for ``engine:model``, such as ``spacy:en_core_web_lg`` or ``transformers:/models/ner``.

    Raises:
        SettingError: it is written otherwise, or there is no such engine.
    """
    engine, _, model = setting.partition(":")
    if engine not in _ENGINES or not model:
        raise SettingError(f"ner is {setting!r}: write {', '.join(f'{name}:MODEL' for name in _ENGINES[:-1])} or {_ENGINES[-1]}:MODEL")
    return NerSetting(engine, model)


@lru_cache(maxsize=4)
def load_ner(setting: str | NerSetting) -> Scanned:
    """The recogniser that asks a model; loaded once for equal settings, and tried on one sentence.

    Raises:
        MissingExtraError: a package of the extra ``ner`` is not installed.
        SettingError: the model is not on this disk, cannot be loaded, or finds none of the entities.
    """
    asked = parse_ner(setting) if isinstance(setting, str) else setting
    if asked.engine not in _ENGINES or not set(asked.entities) <= set(_LABELS):
        raise SettingError(f"ner: the engines are {', '.join(_ENGINES)}; the entities {', '.join(_LABELS)}")
    load_presidio()
    try:
        with _without_hub():
            model = {"spacy": _spacy, "gliner": _gliner, "transformers": _transformers}[asked.engine](asked)
            model(_TRIAL)
    except AgentlogError:
        raise
    except Exception as error:
        # No text of the user's has been seen yet, so the message may be told.
        raise SettingError(f"ner: {asked.engine} model {asked.model} cannot be used: {' '.join(str(error).split())[:300]}") from error
    name = f"ner-{asked.engine}"
    deadline = Deadline(name, asked.limit_s)

    def find(text: Text) -> Iterator[Span]:
        for passage in passages(text):
            for said in deadline.run(model, passage.shown):
                entity = _MEANS.get(_plain(said.label), said.label)
                if entity in asked.entities and said.score >= asked.min_score:
                    yield from _spans(text.view, passage, said, entity, name)

    return Scanned(name, find)


_ENGINES = ("spacy", "gliner", "transformers")


def _plain(label: str) -> str:
    """``B-PER`` and ``first_name`` are ``PER`` and ``FIRSTNAME``."""
    return re.sub(r"[^A-Z]", "", re.sub(r"^[BIELSU]-", "", label).upper())


_PERSON = re.compile(r"[^\W\d_]+(?:[.'’]?[ '’.-][^\W\d_]+){0,5}\.?")
_IDENTIFIER = re.compile(r"[a-z][A-Z]")
_SCOTS = re.compile(r"\b(?:Mc|Mac|De|Di|Du|La|Le|Van|Fitz)(?=[A-Z])")
_ADDRESS = re.compile(r"(?=.*\d)(?=.*[^\W\d_])[\w ,.'’/#-]{4,120}")
_GLUE_BEFORE = re.compile(r"[\w./\\=<@#$&*|~^+`:-]$|\w\($")
_GLUE_AFTER = re.compile(r"[\w/=@#$*|~^+`<(\[]|[.:\\-][\w/:]")


def _spans(view: str, passage: Passage, said: _Said, entity: str, name: str) -> Iterator[Span]:
    """What a model says of a passage, as places in the text, if it looks like what it is said to be. A line break ends it."""
    place = said.start
    while place < said.end:
        first, last, away = passage.line_at(place)
        start, end = _trimmed(view, max(said.start, first) + away, min(said.end, last) + away)
        if start < end and _looks_like(view, start, end, entity):
            whole = entity == "ADDRESS" or (entity == "PERSON" and " " in view[start:end])
            yield Span(start, end, entity, name, round(min(said.score, 1.0), 4), whole)
        place = last + 1


def _trimmed(view: str, start: int, end: int) -> tuple[int, int]:
    """Whole words, without what stands around them; models that know parts of words cut them."""
    while start > 0 and view[start - 1].isalnum() and view[start : start + 1].isalnum():
        start -= 1
    while end < len(view) and view[end].isalnum() and view[end - 1].isalnum():
        end += 1
    while start < end and not view[start].isalnum():
        start += 1
    if view[max(start, end - 2) : end] in ("'s", "’s"):
        end -= 2
    while start < end and not view[end - 1].isalnum():
        end -= 1
    return start, end


def _looks_like(view: str, start: int, end: int, entity: str) -> bool:
    value = view[start:end]
    if _GLUE_BEFORE.search(view[max(start - 2, 0) : start]) or _GLUE_AFTER.match(view, end, end + 2):
        return False
    if entity == "ADDRESS":
        return _ADDRESS.fullmatch(value) is not None
    if len(value) > 80 or len(value) < 2 or not _PERSON.fullmatch(value) or value.islower():
        return False
    alone = " " not in value
    return not (_IDENTIFIER.search(_SCOTS.sub("", value)) or (alone and value.isascii() and value.isupper()))


@contextmanager
def _without_hub() -> Iterator[None]:
    """The hub's client answers from its cache or not at all, as with ``HF_HUB_OFFLINE``, also where it was loaded before."""
    try:
        from huggingface_hub import constants
    except ModuleNotFoundError:
        yield
        return
    before = constants.HF_HUB_OFFLINE
    constants.HF_HUB_OFFLINE = True
    try:
        yield
    finally:
        constants.HF_HUB_OFFLINE = before


def _spacy(asked: NerSetting) -> _Model:
    spacy = require("spacy", "ner")
    folder = Path(asked.model)
    if not (folder.is_dir() or spacy.util.is_package(asked.model)):
        raise SettingError(f"ner: spaCy model {asked.model} is not on this disk: python -m spacy download {asked.model}, or name a folder")
    from presidio_analyzer.nlp_engine import NerModelConfiguration, SpacyNlpEngine
    from presidio_analyzer.predefined_recognizers import SpacyRecognizer

    model = spacy.load(folder if folder.is_dir() else asked.model, exclude=["parser", "tagger", "lemmatizer", "attribute_ruler"])
    labels = {label for labels in model.pipe_labels.values() for label in labels}
    meant = _meant(asked, labels)
    settings = NerModelConfiguration(model_to_presidio_entity_mapping=meant, labels_to_ignore=sorted(labels - set(meant)))

    class Loaded(SpacyNlpEngine):  # type: ignore[misc]
        """Presidio's engine around a model that is loaded already: its own way of loading downloads what is missing."""

        def __init__(self) -> None:
            super().__init__(ner_model_configuration=settings)
            self.nlp = {"en": model}

    engine = Loaded()
    entities = sorted(set(meant.values()))
    recogniser = SpacyRecognizer(supported_entities=entities)
    return lambda shown: _said(recogniser.analyze(shown, entities, engine.process_text(shown, "en")))


def _transformers(asked: NerSetting) -> _Model:
    require_all(("torch", "transformers"), "ner")
    folder = _cached(asked)
    transformers = require("transformers", "ner")
    from presidio_analyzer.chunkers import TokenizerBasedTextChunker
    from presidio_analyzer.predefined_recognizers import HuggingFaceNerRecognizer

    tokenizer = transformers.AutoTokenizer.from_pretrained(folder, local_files_only=True)
    network = transformers.AutoModelForTokenClassification.from_pretrained(folder, local_files_only=True).eval()
    meant = _meant(asked, set(network.config.id2label.values()))
    pipeline = _Faithful(transformers.pipeline("token-classification", model=network, tokenizer=tokenizer, aggregation_strategy="simple"))
    room = min(tokenizer.model_max_length, getattr(network.config, "max_position_embeddings", None) or 512, 512)

    class Loaded(HuggingFaceNerRecognizer):  # type: ignore[misc]
        """Presidio's recogniser around a model that is loaded already: its own way of loading asks the hub."""

        def load(self) -> None:
            self.ner_pipeline = pipeline

    # What a piece has by itself, special tokens and another split of its first word, needs some room too.
    chunker = TokenizerBasedTextChunker(tokenizer, max_tokens=max(room - 8, 8), overlap_tokens=min(32, max(room - 8, 8) // 4))
    recogniser = Loaded(model_name=str(folder), label_mapping=meant, threshold=asked.min_score, text_chunker=chunker)

    def model(shown: str) -> list[_Said]:
        results = recogniser.analyze(shown, [])
        pipeline.raise_again()
        return _said(results)

    return model


class _Faithful:
    """A pipeline that remembers what it raised: Presidio logs it, and takes the text for one without names."""

    def __init__(self, pipeline: Any) -> None:
        self._pipeline = pipeline
        self._raised: Exception | None = None

    def __call__(self, shown: str) -> Any:
        try:
            return self._pipeline(shown)
        except Exception as error:
            self._raised = error
            raise

    def raise_again(self) -> None:
        raised, self._raised = self._raised, None
        if raised is not None:
            raise RecogniserError(f"recogniser 'ner-transformers' raised {type(raised).__name__}")


def _gliner(asked: NerSetting) -> _Model:
    require("gliner", "ner")
    from presidio_analyzer.predefined_recognizers import GLiNERRecognizer

    mapping = {words: entity for words, entity in _ASKED.items() if entity in asked.entities}
    folder = str(_cached(asked))
    recogniser = GLiNERRecognizer(entity_mapping=mapping, model_name=folder, threshold=asked.min_score, local_files_only=True)
    return lambda shown: _said(recogniser.analyze(shown, []))


def _cached(asked: NerSetting) -> Path:
    """Where the model lies: a folder, or what the hub's cache has of that name."""
    folder = Path(asked.model).expanduser()
    if folder.is_dir():
        return folder
    require("huggingface_hub", "ner")
    from huggingface_hub import snapshot_download
    from huggingface_hub.errors import HFValidationError, LocalEntryNotFoundError

    try:
        return Path(snapshot_download(asked.model, local_files_only=True))
    except (LocalEntryNotFoundError, HFValidationError) as error:
        what = f"ner: {asked.engine} model {asked.model} is not on this disk"
        raise SettingError(f"{what}: download it with `hf download {asked.model}`, or name a folder") from error


def _meant(asked: NerSetting, labels: set[str]) -> dict[str, str]:
    """What the labels of a model mean, without those that do not count."""
    meant = {label: entity for label in sorted(labels) if (entity := _MEANS.get(_plain(label), "")) in asked.entities}
    if not meant:
        what = f"ner: {asked.engine} model {asked.model} finds none of {', '.join(asked.entities)}"
        raise SettingError(f"{what}; its labels are {', '.join(sorted(labels)) or 'none'}")
    return meant | {re.sub(r"^[BIELSU]-", "", label): entity for label, entity in meant.items()}


def _said(results: list[Any]) -> list[_Said]:
    return [_Said(result.start, result.end, result.entity_type, float(result.score)) for result in results]

"""Presidio as its documentation sets it up without a language model: the default registry for English, the engine that needs no model.

Two things are changed, both in its favour or for the machine's sake: the recogniser of the language model is taken out, since it would
raise; and the list of public suffixes is the one that comes with ``tldextract``, since fetching it would need the network.
"""

from functools import lru_cache
from typing import Any, NamedTuple


class Found(NamedTuple):
    """One finding."""

    start: int
    end: int
    entity: str
    score: float


@lru_cache(maxsize=1)
def engine() -> Any:
    """The engine, made once."""
    import logging

    import tldextract
    from presidio_analyzer import AnalyzerEngine, RecognizerRegistry
    from presidio_analyzer.nlp_engine import NoOpNlpEngine
    from presidio_analyzer.predefined_recognizers.generic import email_recognizer

    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    email_recognizer.tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)
    nlp = NoOpNlpEngine(models=[{"lang_code": "en", "model_name": "none"}])
    nlp.load()
    registry = RecognizerRegistry(supported_languages=["en"])
    registry.load_predefined_recognizers(languages=["en"], nlp_engine=nlp)
    return AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"])


def entities() -> list[str]:
    """What the recognisers of the engine look for."""
    return sorted(engine().get_supported_entities("en"))


def find(text: str, least: float = 0.0) -> list[Found]:
    """What it finds, as the engine gives it."""
    results = engine().analyze(text, language="en", score_threshold=least)
    return sorted(Found(result.start, result.end, result.entity_type, result.score) for result in results)


def joined(found: list[Found]) -> list[Found]:
    """Findings without overlaps, of two that overlap the surer, then the longer: what its anonymiser would replace."""
    taken: list[Found] = []
    for one in sorted(found):
        if not taken or one.start >= taken[-1].end:
            taken.append(one)
        else:
            taken[-1] = max(taken[-1], one, key=lambda found: (found.score, found.end - found.start))
    return taken


def replaced(text: str, found: list[Found]) -> str:
    """The text with ``<ENTITY>`` for every finding, as its anonymiser writes by default."""
    parts, at = [], 0
    for one in found:
        parts += [text[at : one.start], f"<{one.entity}>"]
        at = one.end
    return "".join([*parts, text[at:]])

"""How big the tiny base is and how long it learns."""

from dataclasses import dataclass


@dataclass(frozen=True)
class BaseSettings:
    """``steps`` batches of ``rows`` rows of ``length`` tokens. The tokenizer learns at most ``vocabulary`` tokens from ``texts`` documents
    and as many chats.
    """

    hidden: int = 192
    layers: int = 3
    heads: int = 4
    vocabulary: int = 1536
    texts: int = 3000
    steps: int = 300
    rows: int = 16
    length: int = 256
    learning_rate: float = 2e-3
    seed: int = 7


FULL = BaseSettings()
QUICK = BaseSettings(hidden=64, layers=2, heads=4, vocabulary=600, texts=300, steps=20, rows=4, length=128, learning_rate=1e-2)

"""The words of the base's text: plain ones, made-up ones, names, numbers and sentences, drawn by a die that the caller brings.

Half of the words are English and half are made of syllables or letters, so that what is said cannot be guessed and has to be looked up
in what was said before. That is what the base is to learn.
"""

from pathlib import Path
from random import Random

VERBS = (
    "load",
    "save",
    "print",
    "open",
    "close",
    "send",
    "draw",
    "paint",
    "fetch",
    "store",
    "show",
    "build",
    "mix",
    "carry",
    "pack",
    "watch",
)
NOUNS = (
    "letter",
    "basket",
    "window",
    "garden",
    "boat",
    "bridge",
    "engine",
    "parcel",
    "lamp",
    "kettle",
    "ticket",
    "page",
    "ladder",
    "shelf",
    "river",
)
ADJECTIVES = ("small", "quiet", "old", "useful", "plain", "bright", "narrow", "careful", "patient", "early")
PLAIN = tuple(Path(__file__).with_name("words.txt").read_text(encoding="utf-8").split())
_NAMES = (
    "value",
    "size",
    "colour",
    "weight",
    "height",
    "price",
    "speed",
    "width",
    "total",
    "label",
    "part",
    "index",
    "rest",
    "key",
    "line",
)
_SYLLABLES = (
    "ba",
    "cor",
    "den",
    "fi",
    "gra",
    "hol",
    "jun",
    "ka",
    "lim",
    "mo",
    "nes",
    "pri",
    "qua",
    "ros",
    "ta",
    "ul",
    "ver",
    "wex",
    "yo",
    "zen",
)
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SIGNS = "()[]{}.,:;=+-*/%<>!\"'_@#|&~^?`"
_PROSE = (
    "A {adjective} function does one thing and says so in its name.",
    "If a {noun} can be {adjective}, somebody will write a test for it.",
    "Read the error message first; it names the line and what went wrong there.",
    "Python counts from zero, so the last {noun} of ten has the number nine.",
    "A list keeps its order, a dictionary finds a {noun} by its key, a set knows each {noun} once.",
    "Do not copy a {adjective} loop three times: give it a name and call it.",
    "The {adjective} {noun} is ready, but the {other} still waits for its review.",
    "Before you change a {noun}, run the tests; after it, run them again.",
    "A ValueError says that the type was right and the value was not.",
    "To return early keeps the rest of the function {adjective}.",
)


def word(rng: Random) -> str:
    """One word, English or not."""
    kind = rng.random()
    if kind < 0.7:
        return rng.choice(PLAIN if kind < 0.55 else NOUNS + VERBS + ADJECTIVES + _NAMES)
    return "".join(rng.choices(_SYLLABLES, k=rng.randint(1, 3)) if kind < 0.85 else rng.choices(_LETTERS, k=rng.randint(1, 4)))


def name(rng: Random) -> str:
    """A Python name of one to three words."""
    return "_".join(word(rng) for _ in range(rng.choice((1, 1, 1, 2, 2, 3))))


def parameters(rng: Random) -> list[str]:
    """One to three different names, most of them plain."""
    wanted = rng.choice((1, 1, 2, 2, 3))
    return list(dict.fromkeys(rng.choice(PLAIN + _NAMES) if rng.random() < 0.8 else word(rng) for _ in range(wanted)))


def phrase(rng: Random, count: int) -> str:
    """Words without sense."""
    return " ".join(word(rng) if rng.random() < 0.6 else rng.choice(PLAIN) for _ in range(count))


def noise(rng: Random, count: int) -> str:
    """Words, signs, digits and blanks as they fall."""
    pieces = (f" {word(rng)}", f" {word(rng)}", word(rng), rng.choice(_SIGNS), str(rng.randint(0, 99)), "\n    ", " ", ", ")
    return "".join(rng.choice((rng.choice(pieces), f" {word(rng)}", rng.choice(_SIGNS))) for _ in range(count))


def fillings(rng: Random) -> dict[str, str]:
    """Words for the gaps of a sentence."""
    noun, other = rng.sample(NOUNS, 2)
    return {"noun": noun, "other": other, "adjective": rng.choice(ADJECTIVES), "verb": rng.choice(VERBS)}


def sentence(rng: Random) -> str:
    """A sentence about programming that makes sense."""
    return rng.choice(_PROSE).format(**fillings(rng))


def literal(rng: Random, depth: int = 2) -> str:
    """A Python value."""
    if depth and rng.random() < 0.3:
        inner = ", ".join(literal(rng, depth - 1) for _ in range(rng.randint(2, 3)))
        return rng.choice((f"[{inner}]", f"({inner})", f"{{{literal(rng, 0)}: {literal(rng, 0)}}}"))
    scraps = "".join(rng.choices(_LETTERS + _LETTERS.upper() + "0123456789", k=rng.randint(0, 6)))
    number = rng.choice((rng.randint(0, 9), rng.randint(0, 99), rng.randint(0, 9999), -rng.randint(1, 20)))
    texts = (f"'{phrase(rng, rng.randint(1, 3))}'", f"'{scraps}'")
    return rng.choice((str(number), str(number), *texts, f"{number}.{rng.randint(0, 99)}", "True", "None", "[]"))

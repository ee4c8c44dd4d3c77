"""The text that the tiny base is made of: small talk, prose about programming, scraps of Python, and chats about all of it.

It is built from words and patterns written here, by a seeded die. None of the tasks' functions, checks or answers is in it (a test
compares the two), so whatever the adapter can do that the base cannot, it has learned from the log.
"""

from collections.abc import Iterator
from pathlib import Path
from random import Random
from typing import Any

Chat = list[dict[str, Any]]

_VERBS = (
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
_NOUNS = (
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
_ADJECTIVES = ("small", "quiet", "old", "useful", "plain", "bright", "narrow", "careful", "patient", "early")
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
_CALLS = ("abs", "chr", "dict", "divmod", "enumerate", "int", "len", "list", "max", "min", "range", "set", "sorted", "str", "sum", "zip")
_METHODS = ("append", "extend", "get", "items", "join", "keys", "lower", "pop", "setdefault", "sort", "split", "strip", "upper", "values")
_PLAIN = tuple(Path(__file__).with_name("words.txt").read_text(encoding="utf-8").split())
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
_TYPES = ("int", "str", "float", "bool", "list", "dict")
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
_TALK = (
    ("Good morning! How is the {noun}?", "Good morning. The {noun} is {adjective}, thank you."),
    ("What is a {noun}?", "A {noun} is a {adjective} thing that people {verb} every day."),
    ("Can you {verb} the {noun}?", "Yes. I will {verb} the {noun} and tell you when it is done."),
    ("Say the word {noun} twice.", "{noun} {noun}"),
    ("Which is better, a {adjective} {noun} or a {other}?", "It depends on what you want to {verb}."),
    ("Thank you for the {adjective} {noun}.", "You are welcome."),
    ("Tell me something about programs.", "{prose}"),
)


def documents(seed: int) -> Iterator[str]:
    """Prose and scraps of Python without end."""
    rng = Random(f"{seed}:documents")
    while True:
        yield " ".join(_prose(rng) for _ in range(rng.randint(2, 5))) if rng.random() < 0.2 else _code(rng)


def chats(seed: int) -> Iterator[Chat]:
    """Small talk, and requests for scraps of Python, without end."""
    rng = Random(f"{seed}:chats")
    while True:
        turns = rng.randint(1, 3)
        yield [message for _ in range(turns) for message in rng.choice((_talk, _request, _request, _echo, _echo))(rng)]


def _words(rng: Random) -> dict[str, str]:
    noun, other = rng.sample(_NOUNS, 2)
    return {"noun": noun, "other": other, "adjective": rng.choice(_ADJECTIVES), "verb": rng.choice(_VERBS)}


def _prose(rng: Random) -> str:
    return rng.choice(_PROSE).format(**_words(rng))


def _plain(rng: Random, count: int) -> str:
    return " ".join(rng.choices(_PLAIN, k=count))


def _talk(rng: Random) -> Chat:
    question, answer = rng.choice(_TALK)
    words = {**_words(rng), "prose": _prose(rng)}
    return [{"role": "user", "content": question.format(**words)}, {"role": "assistant", "content": answer.format(**words)}]


def _echo(rng: Random) -> Chat:
    """Words without sense to be said again: the shortest way to learn to look back."""
    words = " ".join(_name(rng) if rng.random() < 0.5 else rng.choice(_PLAIN) for _ in range(rng.randint(4, 16)))
    return [{"role": "user", "content": f"Say again: {words}"}, {"role": "assistant", "content": words}]


def _request(rng: Random) -> Chat:
    """A request whose answer repeats names of the question, as answers about code do."""
    name, names = _name(rng), _parameters(rng)
    call = f"{name}({', '.join(names)})"
    purpose = f"{rng.choice(_VERBS)}s {_plain(rng, rng.randint(3, 9))}"
    wish, code = rng.choice(
        (
            (f"Write only the first line of `{call}`.", f"def {call}:\n    ...\n"),
            (f"Sketch `{call}`, which {purpose}.", f'def {call}:\n    """{purpose[0].upper()}{purpose[1:]}."""\n{_block(rng, names)}'),
            (f"Call `{name}` with {len(names)} values.", f"{name}({', '.join(_literal(rng) for _ in names)})\n"),
            (f"Repeat this:\n\n```python\n{(scrap := _code(rng))}```", scrap),
        )
    )
    return [{"role": "user", "content": wish}, {"role": "assistant", "content": f"```python\n{code}```"}]


def _code(rng: Random) -> str:
    makers = (_function, _function, _class, _script)
    return "\n\n".join(rng.choice(makers)(rng) for _ in range(rng.randint(1, 2)))


def _function(rng: Random) -> str:
    names = _parameters(rng)
    hinted = rng.random() < 0.3
    parameters = ", ".join(f"{name}: {rng.choice(_TYPES)}" if hinted else name for name in names)
    docstring = f'    """{_prose(rng)}"""\n' if rng.random() < 0.5 else ""
    return f"def {_name(rng)}({parameters}):\n{docstring}{_block(rng, names)}"


def _class(rng: Random) -> str:
    names = rng.sample(_NAMES, 2)
    fields = "".join(f"        self.{name} = {name}\n" for name in names)
    return f"class {rng.choice(_NOUNS).capitalize()}:\n    def __init__(self, {', '.join(names)}):\n{fields}"


def _script(rng: Random) -> str:
    names = rng.sample(_NAMES, 3)
    lines = [f"{name} = {_literal(rng)}" for name in names]
    return "\n".join([*lines, f'print(f"{rng.choice(_NOUNS)}: {{{names[0]}}}")', f"assert {names[1]} is not None"]) + "\n"


def _block(rng: Random, names: list[str]) -> str:
    """The body of a function: general statements over its parameters that add up to nothing in particular."""
    one, other = rng.choice(names), rng.choice(names)
    noun, limit = rng.choice(_NOUNS), rng.randint(0, 99)
    statements = (
        f"    {noun} = []\n    for step in {one}:\n        {noun}.append((step, {other}))\n",
        f"    if {one} is None:\n        return {other}\n",
        f"    while {one} > {limit}:\n        {one} -= {rng.randint(1, 9)}\n",
        f'    print("{noun}", {one})\n',
        f'    if {one} == {limit} or not {other}:\n        raise TypeError("no {noun} for this {one}")\n',
        f'    {noun} = {{{_literal(rng)}: {one}, "{noun}": {other}}}\n',
        f"    {one}, {noun} = ({other}, {limit})\n",
        f"    {noun} = {rng.choice(_CALLS)}({one}, {rng.choice(_CALLS)}({other}))\n",
        f"    {noun}.{rng.choice(_METHODS)}({one}[{rng.randint(0, 3)}:])\n",
        f"    {noun} = [str({one}) for _ in range({limit})]\n",
        f"    with open({one}) as {noun}:\n        {other} = {noun}.read().strip()\n",
    )
    return "".join(rng.sample(statements, rng.randint(1, 3))) + f"    return {rng.choice((one, other, 'None', f'[{one}, {other}]'))}\n"


def _name(rng: Random) -> str:
    made_up = "".join(rng.choices(_SYLLABLES, k=rng.randint(2, 3)))
    return "_".join(rng.choice((rng.choice(_VERBS), rng.choice(_NOUNS), rng.choice(_PLAIN), made_up)) for _ in range(rng.randint(1, 3)))


def _parameters(rng: Random) -> list[str]:
    return rng.sample((*_NAMES, *rng.sample(_PLAIN, 10)), rng.randint(1, 3))


def _literal(rng: Random) -> str:
    return rng.choice(
        (
            str(rng.randint(0, 999)),
            f"'{rng.choice(_NOUNS)}'",
            f"{rng.random() * 10:.1f}",
            "[]",
            "True",
            "None",
            f"({rng.randint(0, 9)}, {rng.randint(0, 9)})",
        )
    )

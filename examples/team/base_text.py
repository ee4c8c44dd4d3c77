"""The text that the tiny base is made of: things said twice, scraps of Python, some prose, and chats about all of it.

Most of it repeats something that could not be guessed, because looking back is what a model must learn first. All is built from words and
grammar by a seeded die. None of the tasks' functions, checks or answers is in it (a test compares the two), so whatever the adapter can
do that the base cannot, it has learned from the log.
"""

import re
from collections.abc import Iterator
from random import Random
from typing import Any

from examples.team.base_code import function
from examples.team.base_words import fillings, literal, name, noise, parameters, phrase, sentence

Chat = list[dict[str, Any]]

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
    """Repetitions, scraps of Python and prose without end."""
    rng = Random(f"{seed}:documents")
    while True:
        makers = (_twice, lambda rng: function(rng, purpose=_purpose(rng)), function, lambda rng: f"{sentence(rng)} {sentence(rng)}")
        yield rng.choices(makers, (65, 10, 10, 15))[0](rng)


def chats(seed: int) -> Iterator[Chat]:
    """Small talk, words to be said again, and requests for scraps of Python, without end."""
    rng = Random(f"{seed}:chats")
    makers = (_echo, _sketch, _copy, _describe, _quote, _rename, _talk)
    while True:
        yield rng.choices(makers, (35, 12, 12, 12, 11, 11, 8))[0](rng)


def _twice(rng: Random) -> str:
    """Something said two or three times: the shortest way to learn to look back."""
    makers = (
        lambda: noise(rng, rng.randint(4, 25)),
        lambda: phrase(rng, rng.randint(3, 16)),
        lambda: function(rng),
        lambda: "\n".join(literal(rng) for _ in range(rng.randint(2, 6))),
    )
    said = rng.choices(makers, (40, 30, 20, 10))[0]()
    return rng.choice(("\n", " ", "\n\n", " again: ")).join([said] * rng.choice((2, 2, 3)))


def _chat(question: str, answer: str) -> Chat:
    return [{"role": "user", "content": question}, {"role": "assistant", "content": answer}]


def _fenced(code: str) -> str:
    return f"```python\n{code}```"


def _purpose(rng: Random) -> str:
    return phrase(rng, rng.randint(4, 12))


def _talk(rng: Random) -> Chat:
    question, answer = rng.choice(_TALK)
    words = {**fillings(rng), "prose": sentence(rng)}
    return _chat(question.format(**words), answer.format(**words))


def _echo(rng: Random) -> Chat:
    words = phrase(rng, rng.randint(2, 14)) if rng.random() < 0.7 else noise(rng, rng.randint(3, 12)).strip()
    return _chat(f"{rng.choice(('Say again', 'Repeat', 'Echo', 'Copy'))}: {words}", words)


def _sketch(rng: Random) -> Chat:
    title, names, purpose = name(rng), parameters(rng), _purpose(rng)
    call = f"`{title}({', '.join(names)})`"
    wishes = (f"Sketch {call}, which {purpose}.", f"Please sketch {call}. It {purpose}.", f"A function {call} that {purpose}, please.")
    return _chat(rng.choice(wishes), _fenced(function(rng, title, names, purpose)))


def _copy(rng: Random) -> Chat:
    code = _fenced(function(rng))
    return _chat(f"{rng.choice(('Repeat this', 'Copy this function', 'Say this again'))}:\n\n{code}", code)


def _describe(rng: Random) -> Chat:
    code, purpose = function(rng), _purpose(rng)
    described = code.replace(":\n", f':\n    """{purpose[0].upper()}{purpose[1:]}."""\n', 1)
    return _chat(f"Add a docstring: it {purpose}.\n\n{_fenced(code)}", _fenced(described))


def _quote(rng: Random) -> Chat:
    title, count = name(rng), rng.randint(1, 3)
    lines = [f"{title}({', '.join(literal(rng) for _ in range(count))}) == {literal(rng)}" for _ in range(rng.randint(1, 3))]
    return _chat("List: " + ", ".join(f"`{line}`" for line in lines), _fenced("".join(f"{line}\n" for line in lines)))


def _rename(rng: Random) -> Chat:
    names, new = parameters(rng), name(rng)
    code, old = function(rng, names=names), rng.choice(names)
    return _chat(f"Rename {old} to {new}:\n\n{_fenced(code)}", _fenced(re.sub(rf"\b{old}\b", new, code)))

"""Family: one small function in all the shapes the tasks need.

A family has a reference body, a clumsier body that does the same, a few bugs and the checks that tell them apart. A bug is one edit of
the reference, so what is wrong with it can be read off at once. Names, parameters and wording vary; `Shape` is one choice of them, and
whatever the choice, the reference passes every check and each bug fails at least one. The tests run all of them to see that it is so.

In bodies and checks the function is called ``f``; `Shape` puts its real name there.
"""

import ast
import re
import textwrap
from dataclasses import dataclass
from random import Random


@dataclass(frozen=True)
class Family:
    """A function, its bugs and its checks. ``renames`` are two other names of each parameter."""

    names: tuple[str, ...]
    signature: str
    does: tuple[str, ...]
    body: str
    clumsy: str
    bugs: tuple[tuple[str, str], ...]
    checks: tuple[str, ...]
    renames: dict[str, tuple[str, ...]]
    imports: str = ""

    @property
    def key(self) -> str:
        """The family's own name: the first of its function's names."""
        return self.names[0]


@dataclass(frozen=True)
class Shape:
    """A family under one choice of function name, parameter names and wording."""

    family: Family
    name: str
    renamed: tuple[tuple[str, str], ...]
    does: str

    @property
    def call(self) -> str:
        """How the function is called: its name and bare parameters."""
        return f"{self.name}({_bare(self._named(self.family.signature))})"

    @property
    def checks(self) -> tuple[str, ...]:
        """Expressions that are true of a right implementation."""
        return tuple(_called(check, self.name) for check in self.family.checks)

    @property
    def examples(self) -> tuple[str, ...]:
        """The checks that state one value for one call, fit to be shown to a person."""
        return tuple(check for check in self.checks if check.startswith(f"{self.name}("))

    @property
    def bug_count(self) -> int:
        """How many ways of being wrong the family knows."""
        return len(self.family.bugs)

    def reference(self, *, hints: bool = False, docstring: bool = False) -> str:
        """The right source, in one of four styles."""
        return self._source(self.family.body, hints, docstring)

    def clumsy(self) -> str:
        """Right, but written the long way round."""
        return self._source(self.family.clumsy, False, False)

    def buggy(self, number: int, *, hints: bool = False, docstring: bool = False) -> str:
        """The reference with one of the family's bugs."""
        old, new = self.family.bugs[number]
        body = textwrap.dedent(self.family.body)
        if old not in body:
            raise ValueError(f"{self.family.key}: bug {number} edits {old!r}, which is not in the body")
        return self._source(body.replace(old, new, 1), hints, docstring)

    def _source(self, body: str, hints: bool, docstring: bool) -> str:
        signature = self._named(self.family.signature)
        head = f"def {self.name}{signature}:" if hints else f"def {self.name}({_bare(signature)}):"
        inner = _called(self._named(textwrap.dedent(body).strip("\n")), self.name)
        if docstring:
            inner = f'"""{self.does[0].upper()}{self.does[1:]}."""\n{inner}'
        lines = f"{head}\n{textwrap.indent(inner, '    ')}\n"
        return f"{self.family.imports}\n\n\n{lines}" if self.family.imports else lines

    def _named(self, text: str) -> str:
        for old, new in self.renamed:
            text = re.sub(rf"\b{old}\b", new, text)
        return text


def shape(family: Family, rng: Random) -> Shape:
    """One shape of a family, drawn at random."""
    column = rng.randrange(3)
    renamed = tuple((old, (old, *new)[column]) for old, new in family.renames.items())
    does = rng.choice(family.does).format_map(dict(renamed))
    return Shape(family, rng.choice(family.names), renamed, does)


def _bare(signature: str) -> str:
    """The parameters of a signature without their types."""
    function = ast.parse(f"def f{signature}: ...").body[0]
    assert isinstance(function, ast.FunctionDef)
    for argument in function.args.args:
        argument.annotation = None
    return ast.unparse(function.args)


def _called(text: str, name: str) -> str:
    return re.sub(r"\bf(?=\(|, |\))", name, text)

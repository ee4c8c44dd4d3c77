"""Values by chance with private values planted in them, each where its form or what announces it gives it away.

A case holds JSON, JSON inside strings, prose, code, YAML, CSV, logs and shell commands, as a run of an agent does. ``planted`` are the
private values that must be gone; ``witnesses`` are places that hold one alone under a telling key, so that its stand-in can be read.
Where a value is found once, it is replaced everywhere; so half of the cases have no witnesses, and hold each value in one place only.
"""

import csv
import io
import json
import random
from collections.abc import Callable
from typing import Any, NamedTuple

from benchmarks.scrub.material import numbers

Rng = random.Random


class Planted(NamedTuple):
    """A private value, what it is, and a key that says so."""

    entity: str
    key: str
    value: str


class Case(NamedTuple):
    """A value to scrub, what was planted, and the witnesses in ``value["witnesses"]``: twice each planted value, or none."""

    value: dict[str, Any]
    planted: list[Planted]


def case(rng: Rng) -> Case:
    """A value with one to six private values in it."""
    planted = list({one.value: one for one in (_plant(rng) for _ in range(rng.randrange(1, 7)))}.values())
    alone = rng.random() < 0.5
    messages = [_message(rng, one) for one in planted for _ in range(1 if alone else 2)]
    messages += [_filler(rng) for _ in range(rng.randrange(4))]
    if rng.random() < 0.3:
        several, text = _several(rng)
        planted += [one for one in several if one.value not in {other.value for other in planted}]
        messages.append({"role": "tool", "content": text})
    rng.shuffle(messages)
    witnesses = [] if alone else [{one.key: one.value} for one in (*planted, *planted)]
    return Case({"messages": messages, "n": rng.randrange(99), "witnesses": witnesses}, planted)


def _plant(rng: Rng) -> Planted:
    entity, keys, make = rng.choice(_KINDS)
    return Planted(entity, rng.choice(keys), make(rng))


def _several(rng: Rng) -> tuple[list[Planted], str]:
    """Values of one kind in one text: the first must not hide the others."""
    entity, keys, make = rng.choice([kind for kind in _KINDS if kind[0] in _HAS_A_FORM])
    several = [Planted(entity, keys[0], make(rng)) for _ in range(rng.randrange(2, 12))]
    return several, rng.choice((" and ", ", ", "\n", "\t", " | ", '", "', ";")).join(one.value for one in several)


def _message(rng: Rng, planted: Planted) -> Any:
    forms = (*_ANNOUNCING, *_BARE) if planted.entity in _HAS_A_FORM else _ANNOUNCING
    return rng.choice(_WRAPPINGS)(rng, rng.choice(forms)(rng, planted))


def _filler(rng: Rng) -> Any:
    return {"role": rng.choice(("user", "assistant", "tool")), "content": rng.choice(_HARMLESS)}


def _street(rng: Rng) -> str:
    name, kind = rng.choice(("Harbour", "Maple", "Quarry", "Willow", "Foundry")), rng.choice(("Street", "Avenue", "Lane", "Drive"))
    return f"{rng.randrange(10, 9999)} {name} {kind}"


def _user_id(rng: Rng) -> str:
    return f"{numbers.first_name(rng).lower()}_{numbers.last_name(rng).lower()}_{rng.randrange(1000, 9999)}"


def _payment_id(rng: Rng) -> str:
    return f"{rng.choice(('credit_card', 'gift_card', 'certificate'))}_{rng.randrange(10**6, 10**7)}"


def _password(rng: Rng) -> str:
    return "".join(rng.choices("abcdefghkmnpqrstuvwxyzABCDEFGHKMNPQRSTUVWXYZ23456789!#-_.", k=rng.randrange(10, 24))) + "7x"


_KINDS: tuple[tuple[str, tuple[str, ...], Callable[[Rng], str]], ...] = (
    ("EMAIL_ADDRESS", ("email", "email_address", "contact_email"), numbers.mail),
    ("PHONE_NUMBER", ("phone", "phone_number", "mobile"), numbers.phone),
    ("CREDIT_CARD", ("card_number", "credit_card_number"), numbers.card),
    ("IBAN_CODE", ("iban", "bank_account_iban"), numbers.iban),
    ("US_SSN", ("ssn", "social_security_number"), numbers.social_security),
    ("IP_ADDRESS", ("ip", "client_ip", "ip_address"), numbers.address),
    ("SECRET", ("api_key", "token", "access_token", "secret"), numbers.token),
    ("PASSWORD", ("password", "db_password", "client_secret"), _password),
    ("PERSON", ("first_name", "firstName"), numbers.first_name),
    ("PERSON", ("last_name", "lastName", "surname"), numbers.last_name),
    ("PERSON", ("full_name", "customer_name"), lambda rng: f"{numbers.first_name(rng)} {numbers.last_name(rng)}"),
    ("DATE_OF_BIRTH", ("dob", "date_of_birth", "birth_date"), numbers.birth_date),
    ("ADDRESS", ("address1", "street_address", "street"), _street),
    ("ZIP_CODE", ("zip", "zip_code", "postal_code"), lambda rng: "".join(rng.sample("123456789", 5))),
    ("USERNAME", ("user_id", "username"), _user_id),
    ("ACCOUNT_ID", ("payment_id", "account_id"), _payment_id),
)
_HAS_A_FORM = {"EMAIL_ADDRESS", "PHONE_NUMBER", "IBAN_CODE", "US_SSN", "IP_ADDRESS", "SECRET"}


def _csv(rng: Rng, planted: Planted) -> str:
    out = io.StringIO()
    csv.writer(out).writerows([["status", planted.key, "count"], ["open", planted.value, rng.randrange(99)], ["closed", "", 7]])
    return out.getvalue()


_ANNOUNCING: tuple[Callable[[Rng, Planted], Any], ...] = (
    lambda rng, one: {one.key: one.value, "status": "ok"},
    lambda rng, one: {"user": {one.key: one.value}, "flights": ["HAT069", "2024-05-20"]},
    lambda rng, one: json.dumps({"id": rng.randrange(99), one.key: one.value}),
    lambda rng, one: json.dumps({"id": rng.randrange(99), one.key: one.value}, indent=2),
    lambda rng, one: repr({"ok": True, one.key: one.value}),
    lambda rng, one: f"record:\n  status: open\n  {one.key}: {one.value}\n  count: 3\n",
    lambda rng, one: f'client.update({one.key}="{one.value}", retries=3)\n',
    _csv,
)
_BARE: tuple[Callable[[Rng, Planted], Any], ...] = (
    lambda rng, one: f"Please note that it is {one.value}, and tell nobody.",
    lambda rng, one: f"I have {one.value} here",
    lambda rng, one: f"VALUES = ['{one.value}', 'other']\n",
    lambda rng, one: f'$ run-it --with "{one.value}" --verbose\nok\n',
    lambda rng, one: f"2026-01-02 03:04:05,678 INFO app.worker: got {one.value} in 12 ms",
    lambda rng, one: f'Traceback (most recent call last):\n  File "a.py", line 3, in <module>\nValueError: no such thing: {one.value}\n',
    lambda rng, one: f"-    x = '{one.value}'\n+    x = None\n",
)


def _text(inner: Any) -> str:
    return inner if isinstance(inner, str) else json.dumps(inner)


def _call(rng: Rng, inner: Any) -> Any:
    arguments = json.dumps(inner) if not isinstance(inner, str) else json.dumps({"text": inner})
    return {"role": "assistant", "tool_calls": [{"id": "c1", "function": {"name": "f", "arguments": arguments}}]}


def _in_strings(rng: Rng, inner: Any) -> Any:
    """JSON in a string, up to three times over."""
    for _ in range(rng.randrange(1, 4)):
        inner = json.dumps({"result": inner})
    return {"role": "tool", "content": inner}


_WRAPPINGS: tuple[Callable[[Rng, Any], Any], ...] = (
    lambda rng, inner: {"role": "tool", "content": _text(inner)},
    lambda rng, inner: {"role": "user", "content": [{"type": "text", "text": _text(inner)}]},
    lambda rng, inner: {"role": "tool", "output": inner},
    lambda rng, inner: [[inner], None, 1.5],
    _call,
    _in_strings,
)
_HARMLESS = (
    "The flight HAT069 leaves at 06:00:00 on 2024-05-20 and costs $169.",
    "std::vector<int> a; x[::2]; a::b::c",
    "for name, user in users.items():\n    print(name, user.email, token)\n",
    "commit 9fceb02d0ae598e95dc970b74767f19372d61af8 (v1.2.3.4) took 1700000000000000000 ns",
    "",
    "naïve 日本 😀 \u0000 \ud800",
    '{"cut off": [1, 2, {"a',
    '{"max_tokens": 4096, "token_count": 17, "key": "id", "name": "get_user_details"}',
)

"""Valid numbers of people by chance: cards, IBANs, addresses of the net, phones, and tokens; each is made to pass its check."""

import random
import string

_IBAN_FORMS = {
    "DE": "n" * 18,
    "GB": "aaaa" + "n" * 14,
    "FR": "n" * 10 + "c" * 11 + "nn",
    "ES": "n" * 20,
    "NL": "aaaa" + "n" * 10,
    "IT": "a" + "n" * 22,
}
_TOKENS = (("ghp_", 36), ("sk-proj-", 48), ("glpat-", 20), ("xoxb-", 50), ("hf_", 34), ("npm_", 36))
_FIRST = ("Ana", "Bo", "Carla", "Dmitri", "Elif", "Farid", "Greta", "Hiro", "Ines", "Jonas", "Kemal", "Lucia", "Marek", "Nadia", "Priya")
_LAST = (
    "Ruiz",
    "Moretti",
    "Petrov",
    "Yilmaz",
    "Haddad",
    "Tanaka",
    "Castro",
    "Weber",
    "Aydin",
    "Ferrari",
    "Novak",
    "Rahman",
    "Patel",
    "Silva",
)
_FIRMS = ("corp.io", "acme.dev", "lindberg.se", "initech.biz", "mailhub.net", "northwind.eu", "tailspin.org", "wingtip.app")


def card(rng: random.Random) -> str:
    """16 digits of Visa or Mastercard, with Luhn's check digit."""
    digits = rng.choice(("4", "51", "52", "55")) + "".join(rng.choices(string.digits, k=15))
    body = [int(digit) for digit in digits[:15]]
    doubled = [(2 * digit - 9 if digit > 4 else 2 * digit) if place % 2 == 0 else digit for place, digit in enumerate(body)]
    return "".join(map(str, body)) + str(-sum(doubled) % 10)


def iban(rng: random.Random) -> str:
    """An IBAN with its check digits, ISO 13616."""
    country, form = rng.choice(sorted(_IBAN_FORMS.items()))
    alphabets = {"n": string.digits, "a": string.ascii_uppercase, "c": string.ascii_uppercase + string.digits}
    account = "".join(rng.choice(alphabets[kind]) for kind in form)
    remainder = int("".join(str(int(char, 36)) for char in account + country + "00")) % 97
    return f"{country}{98 - remainder:02d}{account}"


def phone(rng: random.Random) -> str:
    """A number of the North American plan, in one of its usual writings."""
    area, exchange = rng.choice((212, 415, 512, 617, 650, 718, 773)), rng.choice([*range(220, 400), *range(620, 900)])
    form = rng.choice(("+1 ({}) {}-{:04d}", "({}) {}-{:04d}", "+1-{}-{}-{:04d}", "+1{}{}{:04d}"))
    return form.format(area, exchange, rng.randrange(10_000))


def address(rng: random.Random) -> str:
    """A public IPv4 address."""
    return f"{rng.choice((8, 23, 52, 81, 93, 104, 151))}.{rng.randrange(1, 250)}.{rng.randrange(1, 250)}.{rng.randrange(2, 250)}"


def social_security(rng: random.Random) -> str:
    """A US number of an area that is issued."""
    return f"{rng.choice([*range(100, 219), *range(220, 600)]):03d}-{rng.randrange(11, 99)}-{rng.randrange(1000, 9999)}"


def mail(rng: random.Random) -> str:
    """An address of a person at a domain that is not reserved."""
    first, last = first_name(rng).lower(), last_name(rng).lower()
    return (
        rng.choice((f"{first}.{last}{rng.randrange(9999)}", f"{first[0]}{last}+{rng.randrange(99)}", f"{first}_{last}"))
        + f"@{rng.choice(_FIRMS)}"
    )


def token(rng: random.Random) -> str:
    """A token in the form of a vendor."""
    prefix, length = rng.choice(_TOKENS)
    return prefix + "".join(rng.choices(string.ascii_letters + string.digits, k=length))


def birth_date(rng: random.Random) -> str:
    """A date of birth as ISO 8601 writes it."""
    return f"{rng.randrange(1940, 2006)}-{rng.randrange(1, 13):02d}-{rng.randrange(1, 29):02d}"


def first_name(rng: random.Random) -> str:
    """A first name."""
    return rng.choice(_FIRST)


def last_name(rng: random.Random) -> str:
    """A last name."""
    return rng.choice(_LAST)

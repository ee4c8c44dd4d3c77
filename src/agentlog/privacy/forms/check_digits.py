"""Check digits of numbers that banks give: Luhn's of cards (ISO/IEC 7812) and those of IBANs (ISO 13616).

Both sides ask here: what looks for such numbers, and what makes stand-ins that must fail. A text may hold 50,000 of them, so each answer
takes about a microsecond.
"""

_DOUBLED = bytes.maketrans(b"0123456789", b"0246813579")
_TO_NUMBERS = {ord("A") + place: str(10 + place) for place in range(26)}
_ZERO = ord("0")
_MODULUS = 97


def passes_luhn(digits: str) -> bool:
    """Whether the last of some ASCII digits is right."""
    return _luhn_sum(digits) == 0


def luhn_digit(body: str) -> int:
    """The digit that would be right behind these."""
    return -_luhn_sum(body + "0") % 10


def passes_97(iban: str) -> bool:
    """Whether the check digits of an IBAN of ASCII capitals and digits, without blanks, are right."""
    return int((iban[4:] + iban[:4]).translate(_TO_NUMBERS)) % _MODULUS == 1


def _luhn_sum(digits: str) -> int:
    stream = digits.encode()
    return (sum(stream[-1::-2]) + sum(stream[-2::-2].translate(_DOUBLED)) - _ZERO * len(stream)) % 10

"""Families about dates, times and little notations: reading, comparing, printing."""

from examples.team.family import Family

FAMILIES = (
    Family(
        names=("days_between", "day_difference", "days_apart"),
        signature="(start: str, end: str) -> int",
        renames={"start": ("first", "since"), "end": ("last", "until")},
        imports="from datetime import date",
        does=(
            "returns how many days lie between the ISO dates {start} and {end}, whichever comes first",
            "counts the days from {start} to {end}, dates such as '2024-02-28', never negative",
        ),
        body="""
            return abs((date.fromisoformat(end) - date.fromisoformat(start)).days)
        """,
        clumsy="""
            one = date.fromisoformat(start)
            two = date.fromisoformat(end)
            if one < two:
                difference = two - one
            else:
                difference = one - two
            return difference.days
        """,
        bugs=(("abs(", "int("), (".days)", ".days + 1)"), ("- date.fromisoformat(start)", "- date.today()")),
        checks=("f('2024-02-28', '2024-03-01') == 2", "f('2023-01-01', '2023-01-01') == 0", "f('2024-01-05', '2024-01-01') == 4"),
    ),
    Family(
        names=("is_leap_year", "leap", "has_leap_day"),
        signature="(year: int) -> bool",
        renames={"year": ("number", "y")},
        does=("tells whether {year} has a 29th of February", "checks if {year} is a leap year of the Gregorian calendar"),
        body="""
            return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
        """,
        clumsy="""
            if year % 400 == 0:
                return True
            else:
                if year % 100 == 0:
                    return False
                else:
                    if year % 4 == 0:
                        return True
                    else:
                        return False
        """,
        bugs=((" or year % 400 == 0", ""), (" and (year % 100 != 0 or year % 400 == 0)", ""), ("year % 4 == 0 and", "year % 4 != 0 and")),
        checks=("f(2024) is True", "f(2023) is False", "f(1900) is False", "f(2000) is True"),
    ),
    Family(
        names=("format_duration", "duration_text", "pretty_seconds"),
        signature="(seconds: int) -> str",
        renames={"seconds": ("total", "duration")},
        does=("prints {seconds} as hours, minutes and seconds, like 1:02:03", "returns {seconds} in the form h:mm:ss"),
        body="""
            minutes, rest = divmod(seconds, 60)
            hours, minutes = divmod(minutes, 60)
            return f"{hours}:{minutes:02d}:{rest:02d}"
        """,
        clumsy="""
            hours = seconds // 3600
            minutes = (seconds - hours * 3600) // 60
            rest = seconds - hours * 3600 - minutes * 60
            result = str(hours) + ":"
            if minutes < 10:
                result = result + "0"
            result = result + str(minutes) + ":"
            if rest < 10:
                result = result + "0"
            return result + str(rest)
        """,
        bugs=(("{minutes:02d}", "{minutes}"), ("hours, minutes = divmod(minutes, 60)", "hours = minutes // 60"), ("{rest:02d}", "{rest}")),
        checks=("f(3723) == '1:02:03'", "f(59) == '0:00:59'", "f(0) == '0:00:00'", "f(36000) == '10:00:00'"),
    ),
    Family(
        names=("minutes_of_day", "parse_clock", "clock_to_minutes"),
        signature="(clock: str) -> int",
        renames={"clock": ("text", "time_text")},
        does=(
            "turns a time such as '07:45' in {clock} into minutes since midnight; an impossible time is a ValueError",
            "reads {clock}, written HH:MM, and returns the minutes since midnight, raising ValueError outside 00:00 to 23:59",
        ),
        body="""
            hours, minutes = (int(part) for part in clock.split(":"))
            if not (0 <= hours < 24 and 0 <= minutes < 60):
                raise ValueError(f"no time of day: {clock}")
            return hours * 60 + minutes
        """,
        clumsy="""
            parts = clock.split(":")
            hours = int(parts[0])
            minutes = int(parts[1])
            if hours < 0 or hours > 23:
                raise ValueError("bad hour")
            if minutes < 0 or minutes > 59:
                raise ValueError("bad minute")
            total = hours * 60
            total = total + minutes
            return total
        """,
        bugs=(("hours < 24", "hours <= 24"), ("minutes < 60", "minutes <= 60"), ("hours * 60", "hours * 100")),
        checks=(
            "f('07:45') == 465",
            "f('00:00') == 0",
            "f('23:59') == 1439",
            "raises(ValueError, f, '24:00')",
            "raises(ValueError, f, '10:60')",
        ),
    ),
    Family(
        names=("quarter_of", "month_quarter", "quarter"),
        signature="(month: int) -> int",
        renames={"month": ("number", "m")},
        does=(
            "returns the quarter of the year, 1 to 4, that {month} belongs to; a {month} outside 1 to 12 is a ValueError",
            "says which quarter {month} is in and raises ValueError if there is no such month",
        ),
        body="""
            if not 1 <= month <= 12:
                raise ValueError(f"no month: {month}")
            return (month - 1) // 3 + 1
        """,
        clumsy="""
            if month in [1, 2, 3]:
                return 1
            elif month in [4, 5, 6]:
                return 2
            elif month in [7, 8, 9]:
                return 3
            elif month in [10, 11, 12]:
                return 4
            else:
                raise ValueError("no month: " + str(month))
        """,
        bugs=(("(month - 1) // 3", "month // 3"), ("<= 12", "<= 13"), (" + 1", "")),
        checks=("f(1) == 1", "f(3) == 1", "f(4) == 2", "f(12) == 4", "raises(ValueError, f, 13)"),
    ),
    Family(
        names=("age_on", "full_years", "age_at"),
        signature="(born: str, at: str) -> int",
        renames={"born": ("birth", "birthday"), "at": ("today", "moment")},
        imports="from datetime import date",
        does=(
            "returns the age in full years, on the ISO date {at}, of a person born on {born}",
            "computes how many birthdays after {born} have come by {at}, both ISO dates",
        ),
        body="""
            start, now = date.fromisoformat(born), date.fromisoformat(at)
            return now.year - start.year - ((now.month, now.day) < (start.month, start.day))
        """,
        clumsy="""
            start = date.fromisoformat(born)
            now = date.fromisoformat(at)
            years = now.year - start.year
            if now.month < start.month:
                years = years - 1
            elif now.month == start.month:
                if now.day < start.day:
                    years = years - 1
            return years
        """,
        bugs=(
            (" - ((now.month, now.day) < (start.month, start.day))", ""),
            (") < (", ") <= ("),
            ("(now.month, now.day) < (start.month, start.day)", "now.month < start.month"),
        ),
        checks=("f('2000-05-10', '2020-05-10') == 20", "f('2000-05-10', '2020-05-09') == 19", "f('2000-05-10', '2020-12-01') == 20"),
    ),
    Family(
        names=("parse_pairs", "read_settings", "pairs_to_dict"),
        signature="(line: str) -> dict[str, str]",
        renames={"line": ("text", "settings")},
        does=(
            "reads 'a=1; b=2' in {line} into a dictionary of texts, without blanks around them",
            "splits {line} at semicolons and each part at its first equals sign; blanks around both and empty parts do not count",
        ),
        body="""
            pairs = {}
            for part in line.split(";"):
                if part.strip():
                    key, _, value = part.partition("=")
                    pairs[key.strip()] = value.strip()
            return pairs
        """,
        clumsy="""
            pairs = {}
            for part in line.split(";"):
                if part.strip() == "":
                    continue
                place = part.find("=")
                key = part[:place]
                value = part[place + 1 :]
                pairs[key.strip()] = value.strip()
            return pairs
        """,
        bugs=(
            ("key.strip()", "key"),
            ('key, _, value = part.partition("=")', 'key, value = part.split("=")'),
            ("if part.strip():", "if True:"),
        ),
        checks=("f('a=1; b=2') == {'a': '1', 'b': '2'}", "f('') == {}", "f('x = 5 ;') == {'x': '5'}", "f('q=a=b') == {'q': 'a=b'}"),
    ),
    Family(
        names=("ranges_overlap", "do_overlap", "overlapping"),
        signature="(first: tuple[int, int], second: tuple[int, int]) -> bool",
        renames={"first": ("one", "left"), "second": ("other", "right")},
        does=(
            "tells whether the ranges {first} and {second}, pairs of start and end without the end, share a number",
            "checks if two half-open ranges, {first} and {second}, overlap",
        ),
        body="""
            return max(first[0], second[0]) < min(first[1], second[1])
        """,
        clumsy="""
            if first[0] < second[0]:
                earlier = first
                later = second
            else:
                earlier = second
                later = first
            if later[0] < earlier[1] and later[0] < later[1]:
                return True
            return False
        """,
        bugs=((") < min", ") <= min"), ("max(first[0], second[0])", "first[0]"), ("min(first[1], second[1])", "second[1]")),
        checks=(
            "f((1, 5), (4, 8)) is True",
            "f((1, 3), (3, 5)) is False",
            "f((6, 9), (1, 2)) is False",
            "f((1, 2), (0, 9)) is True",
            "f((1, 2), (4, 6)) is False",
            "f((4, 6), (1, 2)) is False",
        ),
    ),
    Family(
        names=("newer_version", "is_newer", "version_after"),
        signature="(candidate: str, current: str) -> bool",
        renames={"candidate": ("offered", "one"), "current": ("installed", "base")},
        does=(
            "tells whether the version {candidate}, such as '1.10.0', is newer than {current}",
            "compares two dotted versions as numbers and says if {candidate} comes after {current}",
        ),
        body="""
            def numbers(version):
                return [int(part) for part in version.split(".")]

            return numbers(candidate) > numbers(current)
        """,
        clumsy="""
            left = candidate.split(".")
            right = current.split(".")
            index = 0
            while index < len(left) and index < len(right):
                if int(left[index]) > int(right[index]):
                    return True
                if int(left[index]) < int(right[index]):
                    return False
                index = index + 1
            return len(left) > len(right)
        """,
        bugs=(("int(part)", "part"), (") > numbers", ") >= numbers"), (") > numbers", ") < numbers")),
        checks=("f('1.10.0', '1.9.3') is True", "f('2.0', '2.0') is False", "f('1.2', '1.3') is False", "f('3.1.1', '3.1.0') is True"),
    ),
    Family(
        names=("days_in_month", "month_length", "last_day"),
        signature="(year: int, month: int) -> int",
        renames={"year": ("y", "in_year"), "month": ("m", "number")},
        does=(
            "returns how many days {month} of {year} has",
            "gives the length in days of {month}, 1 to 12, in {year}, leap years included",
        ),
        body="""
            if month == 2:
                leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
                return 29 if leap else 28
            return 30 if month in (4, 6, 9, 11) else 31
        """,
        clumsy="""
            lengths = [31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31]
            length = lengths[month - 1]
            if month == 2:
                if year % 400 == 0:
                    length = length + 1
                elif year % 100 != 0 and year % 4 == 0:
                    length = length + 1
            return length
        """,
        bugs=(("29 if leap else 28", "28"), ("(4, 6, 9, 11)", "(4, 6, 9)"), ("(4, 6, 9, 11)", "(4, 6, 8, 11)")),
        checks=("f(2024, 2) == 29", "f(1900, 2) == 28", "f(2023, 11) == 30", "f(2023, 8) == 31", "f(2023, 1) == 31"),
    ),
    Family(
        names=("parse_numbers", "read_numbers", "numbers_in"),
        signature="(line: str) -> list[float]",
        renames={"line": ("text", "row")},
        does=(
            "reads the numbers of {line}, which are separated by commas, and skips what is no number",
            "returns the comma-separated numbers in {line} as floats; other parts are left out",
        ),
        body="""
            numbers = []
            for part in line.split(","):
                try:
                    numbers.append(float(part))
                except ValueError:
                    continue
            return numbers
        """,
        clumsy="""
            numbers = []
            parts = line.split(",")
            for index in range(len(parts)):
                good = True
                value = 0.0
                try:
                    value = float(parts[index])
                except ValueError:
                    good = False
                if good == True:
                    numbers.append(value)
            return numbers
        """,
        bugs=(("continue", "break"), ("except ValueError", "except TypeError"), ("float(part)", "int(part)")),
        checks=("f('1, 2.5,x,4') == [1.0, 2.5, 4.0]", "f('') == []", "f('-3') == [-3.0]", "f('a,7') == [7.0]"),
    ),
)

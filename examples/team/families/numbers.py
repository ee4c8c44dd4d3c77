"""Families about numbers: divisors, digits, sequences, rounding."""

from examples.team.family import Family

FAMILIES = (
    Family(
        names=("gcd", "greatest_common_divisor", "common_divisor"),
        signature="(a: int, b: int) -> int",
        renames={"a": ("first", "m"), "b": ("second", "n")},
        does=(
            "returns the greatest common divisor of {a} and {b}, never negative",
            "computes the largest number that divides both {a} and {b}, as a positive number",
        ),
        body="""
            while b:
                a, b = b, a % b
            return abs(a)
        """,
        clumsy="""
            x = abs(a)
            y = abs(b)
            while y != 0:
                remainder = x % y
                x = y
                y = remainder
            return x
        """,
        bugs=(("abs(a)", "a"), ("a, b = b, a % b", "a, b = b, a - b"), ("while b:", "if b:")),
        checks=("f(12, 18) == 6", "f(7, 0) == 7", "f(-8, 12) == 4", "f(12, -18) == 6", "f(17, 5) == 1"),
    ),
    Family(
        names=("is_prime", "prime", "check_prime"),
        signature="(number: int) -> bool",
        renames={"number": ("n", "candidate")},
        does=("tells whether {number} is a prime", "returns True if {number} is greater than one and has no divisor but one and itself"),
        body="""
            if number < 2:
                return False
            divisor = 2
            while divisor * divisor <= number:
                if number % divisor == 0:
                    return False
                divisor += 1
            return True
        """,
        clumsy="""
            count = 0
            for divisor in range(1, number + 1):
                if number % divisor == 0:
                    count = count + 1
            if count == 2:
                return True
            else:
                return False
        """,
        bugs=(("<= number", "< number"), ("if number < 2:\n    return False\n", ""), ("    divisor += 1\n", "")),
        checks=("f(2) is True", "f(9) is False", "f(1) is False", "f(97) is True", "f(0) is False"),
    ),
    Family(
        names=("digit_sum", "sum_of_digits", "add_digits"),
        signature="(number: int) -> int",
        renames={"number": ("value", "n")},
        does=(
            "adds up the decimal digits of {number}, whose sign does not count",
            "returns the sum of the digits of {number}, also for negative numbers",
        ),
        body="""
            return sum(int(digit) for digit in str(abs(number)))
        """,
        clumsy="""
            rest = number
            if rest < 0:
                rest = rest * -1
            total = 0
            while rest > 0:
                total = total + rest % 10
                rest = rest // 10
            return total
        """,
        bugs=(("abs(number)", "number"), ("int(digit)", "ord(digit)"), ("str(abs(number))", "str(abs(number))[1:]")),
        checks=("f(407) == 11", "f(-12) == 3", "f(0) == 0", "f(9999) == 36"),
    ),
    Family(
        names=("clamp", "limit_to_range", "keep_between"),
        signature="(value: float, low: float, high: float) -> float",
        renames={"value": ("number", "x"), "low": ("lowest", "floor"), "high": ("highest", "ceiling")},
        does=("returns {value}, but no less than {low} and no more than {high}", "limits {value} to the range from {low} to {high}"),
        body="""
            return max(low, min(value, high))
        """,
        clumsy="""
            if value < low:
                return low
            else:
                if value > high:
                    return high
                else:
                    return value
        """,
        bugs=(
            ("max(low, min(value, high))", "min(low, max(value, high))"),
            ("min(value, high)", "value"),
            ("max(low, min(value, high))", "min(value, high)"),
        ),
        checks=("f(5, 0, 10) == 5", "f(-3, 0, 10) == 0", "f(42, 0, 10) == 10", "f(10, 0, 10) == 10"),
    ),
    Family(
        names=("factorial", "product_up_to", "fact"),
        signature="(number: int) -> int",
        renames={"number": ("n", "count")},
        does=(
            "returns the product of all whole numbers from 1 to {number}; a negative {number} is a ValueError",
            "computes the factorial of {number} and raises ValueError below zero",
        ),
        body="""
            if number < 0:
                raise ValueError("there is no factorial of a negative number")
            product = 1
            for factor in range(2, number + 1):
                product *= factor
            return product
        """,
        clumsy="""
            if number < 0:
                raise ValueError("there is no factorial of a negative number")
            if number == 0:
                return 1
            else:
                result = 1
                current = number
                while current > 1:
                    result = result * current
                    current = current - 1
                return result
        """,
        bugs=(("number + 1", "number"), ("product = 1", "product = 0"), ("number < 0", "number < -1")),
        checks=("f(5) == 120", "f(0) == 1", "f(1) == 1", "raises(ValueError, f, -1)"),
    ),
    Family(
        names=("fibonacci", "fib", "nth_fibonacci"),
        signature="(index: int) -> int",
        renames={"index": ("n", "position")},
        does=(
            "returns the Fibonacci number at {index}, where 0 and 1 stand at 0 and 1",
            "computes the Fibonacci number at place {index}, counting from zero",
        ),
        body="""
            current, following = 0, 1
            for _ in range(index):
                current, following = following, current + following
            return current
        """,
        clumsy="""
            series = [0, 1]
            while len(series) <= index:
                length = len(series)
                series.append(series[length - 1] + series[length - 2])
            return series[index]
        """,
        bugs=(("0, 1", "1, 1"), ("return current", "return following"), ("range(index)", "range(index - 1)")),
        checks=("f(0) == 0", "f(1) == 1", "f(7) == 13", "f(10) == 55"),
    ),
    Family(
        names=("collatz_steps", "steps_to_one", "hailstone_steps"),
        signature="(number: int) -> int",
        renames={"number": ("start", "n")},
        does=(
            "counts the Collatz steps from {number} to 1: halve if even, else three times plus one",
            "says how many steps it takes from {number} to 1, halving even numbers and turning an odd one into three times itself plus one",
        ),
        body="""
            steps = 0
            while number != 1:
                number = number // 2 if number % 2 == 0 else 3 * number + 1
                steps += 1
            return steps
        """,
        clumsy="""
            steps = 0
            current = number
            while True:
                if current == 1:
                    break
                if current % 2 == 0:
                    current = current // 2
                else:
                    current = current * 3
                    current = current + 1
                steps = steps + 1
            return steps
        """,
        bugs=(
            ("steps = 0", "steps = 1"),
            ("number // 2 if number % 2 == 0 else 3 * number + 1", "number // 2"),
            ("3 * number + 1", "3 * number - 1"),
        ),
        checks=("f(1) == 0", "f(6) == 8", "f(8) == 3", "f(7) == 16"),
    ),
    Family(
        names=("to_roman", "roman_numeral", "as_roman"),
        signature="(number: int) -> str",
        renames={"number": ("value", "year")},
        does=(
            "writes {number}, from 1 to 3999, as a Roman numeral",
            "returns the Roman numeral of {number}, with IV, IX, XL, XC, CD and CM for fours and nines",
        ),
        body="""
            signs = {1000: "M", 900: "CM", 500: "D", 400: "CD", 100: "C", 90: "XC", 50: "L"}
            signs |= {40: "XL", 10: "X", 9: "IX", 5: "V", 4: "IV", 1: "I"}
            numeral = ""
            for worth, sign in signs.items():
                while number >= worth:
                    numeral += sign
                    number -= worth
            return numeral
        """,
        clumsy="""
            ones = ["", "I", "II", "III", "IV", "V", "VI", "VII", "VIII", "IX"]
            tens = ["", "X", "XX", "XXX", "XL", "L", "LX", "LXX", "LXXX", "XC"]
            hundreds = ["", "C", "CC", "CCC", "CD", "D", "DC", "DCC", "DCCC", "CM"]
            result = ""
            for _ in range(number // 1000):
                result = result + "M"
            result = result + hundreds[number % 1000 // 100]
            result = result + tens[number % 100 // 10]
            result = result + ones[number % 10]
            return result
        """,
        bugs=((' 4: "IV",', ""), ("while number", "if number"), (">= worth", "> worth")),
        checks=("f(1994) == 'MCMXCIV'", "f(4) == 'IV'", "f(3) == 'III'", "f(40) == 'XL'", "f(2026) == 'MMXXVI'"),
    ),
    Family(
        names=("to_base", "in_base", "convert_base"),
        signature="(number: int, base: int) -> str",
        renames={"number": ("value", "n"), "base": ("radix", "root")},
        does=(
            "writes the non-negative {number} in {base}, which is from 2 to 10",
            "returns the digits of {number}, not negative, in the number system of {base}, at most 10",
        ),
        body="""
            digits = ""
            while number:
                number, digit = divmod(number, base)
                digits = str(digit) + digits
            return digits or "0"
        """,
        clumsy="""
            if number == 0:
                return "0"
            remainders = []
            while number > 0:
                remainders.append(number % base)
                number = number // base
            result = ""
            for index in range(len(remainders)):
                result = str(remainders[index]) + result
            return result
        """,
        bugs=((' or "0"', ""), ("str(digit) + digits", "digits + str(digit)"), ("divmod(number, base)", "divmod(number, 2)")),
        checks=("f(10, 2) == '1010'", "f(0, 2) == '0'", "f(255, 8) == '377'", "f(7, 10) == '7'"),
    ),
    Family(
        names=("median", "middle_value", "median_of"),
        signature="(numbers: list[float]) -> float",
        renames={"numbers": ("values", "sample")},
        does=(
            "returns the median of {numbers}, the mean of the two middle ones if their count is even; an empty list is a ValueError",
            "finds the middle value of {numbers}, or raises ValueError; with an even count it is the mean of the middle two",
        ),
        body="""
            if not numbers:
                raise ValueError("no numbers, no median")
            ordered = sorted(numbers)
            half = len(ordered) // 2
            if len(ordered) % 2:
                return ordered[half]
            return (ordered[half - 1] + ordered[half]) / 2
        """,
        clumsy="""
            ordered = list(numbers)
            ordered.sort()
            count = len(ordered)
            if count == 0:
                raise ValueError("no numbers, no median")
            elif count % 2 == 1:
                return ordered[(count - 1) // 2]
            else:
                lower = ordered[count // 2 - 1]
                upper = ordered[count // 2]
                return (lower + upper) / 2
        """,
        bugs=(("sorted(numbers)", "list(numbers)"), ("half - 1", "half + 1"), ("if len(ordered) % 2:", "if True:")),
        checks=("f([3, 1, 2]) == 2", "f([4, 1, 3, 2]) == 2.5", "f([7]) == 7", "raises(ValueError, f, [])"),
    ),
    Family(
        names=("round_to", "nearest_multiple", "snap_to"),
        signature="(number: int, step: int) -> int",
        renames={"number": ("value", "amount"), "step": ("unit", "grid")},
        does=(
            "rounds {number} to the nearest multiple of {step}, halves upwards",
            "returns the multiple of {step} nearest to {number}; exactly between two it is the larger one",
        ),
        body="""
            return (2 * number + step) // (2 * step) * step
        """,
        clumsy="""
            lower = number // step * step
            upper = lower + step
            if number - lower < upper - number:
                return lower
            else:
                return upper
        """,
        bugs=(("(2 * number + step) // (2 * step)", "number // step"), ("2 * number + step)", "2 * number + step - 1)"), (") * step", ")")),
        checks=("f(17, 5) == 15", "f(18, 5) == 20", "f(15, 10) == 20", "f(-4, 10) == 0", "f(30, 10) == 30"),
    ),
    Family(
        names=("divisors", "all_divisors", "factors_of"),
        signature="(number: int) -> list[int]",
        renames={"number": ("n", "value")},
        does=(
            "lists all divisors of the positive {number} in rising order",
            "returns every whole number that divides {number} without remainder, smallest first",
        ),
        body="""
            return [divisor for divisor in range(1, number + 1) if number % divisor == 0]
        """,
        clumsy="""
            found = []
            candidate = 1
            while candidate <= number:
                quotient = number // candidate
                if quotient * candidate == number:
                    found.append(candidate)
                candidate = candidate + 1
            return found
        """,
        bugs=(("number + 1", "number"), ("range(1,", "range(0,"), ("range(1,", "range(2,")),
        checks=("f(6) == [1, 2, 3, 6]", "f(1) == [1]", "f(13) == [1, 13]", "f(16) == [1, 2, 4, 8, 16]"),
    ),
)

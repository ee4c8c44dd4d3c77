"""Families about lists: cutting, joining, searching, summing up."""

from examples.team.family import Family

FAMILIES = (
    Family(
        names=("chunks", "split_into_chunks", "batches"),
        signature="(items: list, size: int) -> list",
        renames={"items": ("values", "rows"), "size": ("length", "count")},
        does=(
            "cuts {items} into lists of {size}, the last one shorter if need be; a {size} below 1 is a ValueError",
            "splits {items} into consecutive pieces of {size} elements and raises ValueError if {size} is less than one",
        ),
        body="""
            if size < 1:
                raise ValueError("a piece has at least one element")
            return [items[start : start + size] for start in range(0, len(items), size)]
        """,
        clumsy="""
            if size <= 0:
                raise ValueError("a piece has at least one element")
            result = []
            current = []
            for item in items:
                current.append(item)
                if len(current) == size:
                    result.append(current)
                    current = []
            if len(current) > 0:
                result.append(current)
            return result
        """,
        bugs=(
            ("len(items), size", "len(items) - size, size"),
            ("start + size]", "size]"),
            ('if size < 1:\n    raise ValueError("a piece has at least one element")\n', ""),
        ),
        checks=(
            "f([1, 2, 3, 4, 5], 2) == [[1, 2], [3, 4], [5]]",
            "f([], 3) == []",
            "f([1, 2], 5) == [[1, 2]]",
            "raises(ValueError, f, [1], -1)",
        ),
    ),
    Family(
        names=("flatten", "flatten_once", "join_lists"),
        signature="(nested: list) -> list",
        renames={"nested": ("groups", "rows")},
        does=(
            "joins the lists inside {nested} into one list; what is no list is kept as it is",
            "removes one level of lists from {nested}, leaving other elements alone",
        ),
        body="""
            flat = []
            for part in nested:
                flat.extend(part if isinstance(part, list) else [part])
            return flat
        """,
        clumsy="""
            flat = []
            for index in range(len(nested)):
                if type(nested[index]) == list:
                    for inner in nested[index]:
                        flat.append(inner)
                else:
                    flat.append(nested[index])
            return flat
        """,
        bugs=(
            (" if isinstance(part, list) else [part]", ""),
            ("extend(part if isinstance(part, list) else [part])", "append(part)"),
            ("isinstance(part, list)", "hasattr(part, '__iter__')"),
        ),
        checks=("f([[1, 2], [3]]) == [1, 2, 3]", "f([1, [2, [3]]]) == [1, 2, [3]]", "f([]) == []", "f(['ab', ['c']]) == ['ab', 'c']"),
    ),
    Family(
        names=("rotate_left", "turn_list", "rotated"),
        signature="(items: list, steps: int) -> list",
        renames={"items": ("values", "queue"), "steps": ("places", "turns")},
        does=(
            "moves the first {steps} elements of {items} to its end, any number of times round",
            "rotates {items} to the left by {steps} places and returns a new list",
        ),
        body="""
            if not items:
                return []
            cut = steps % len(items)
            return items[cut:] + items[:cut]
        """,
        clumsy="""
            result = list(items)
            if len(result) == 0:
                return result
            count = steps % len(result)
            while count > 0:
                head = result.pop(0)
                result.append(head)
                count = count - 1
            return result
        """,
        bugs=(
            ("steps % len(items)", "steps"),
            ("items[cut:] + items[:cut]", "items[-cut:] + items[:-cut]"),
            ("if not items:\n    return []\n", ""),
        ),
        checks=("f([1, 2, 3, 4], 1) == [2, 3, 4, 1]", "f([1, 2, 3], 4) == [2, 3, 1]", "f([], 2) == []", "f([1, 2], 0) == [1, 2]"),
    ),
    Family(
        names=("unique", "without_repeats", "drop_repeats"),
        signature="(items: list) -> list",
        renames={"items": ("values", "entries")},
        does=(
            "returns {items} without repeats, each value where it first stood",
            "keeps only the first occurrence of every value in {items}",
        ),
        body="""
            return list(dict.fromkeys(items))
        """,
        clumsy="""
            result = []
            for index in range(len(items)):
                found = False
                for other in result:
                    if other == items[index]:
                        found = True
                if found == False:
                    result.append(items[index])
            return result
        """,
        bugs=(
            ("dict.fromkeys(items)", "sorted(set(items))"),
            ("dict.fromkeys(items)", "items"),
            ("dict.fromkeys(items)", "dict.fromkeys(reversed(items))"),
        ),
        checks=("f([3, 1, 3, 2, 1]) == [3, 1, 2]", "f([]) == []", "f(['b', 'a', 'b']) == ['b', 'a']"),
    ),
    Family(
        names=("running_total", "cumulative_sum", "partial_sums"),
        signature="(numbers: list[int]) -> list[int]",
        renames={"numbers": ("values", "amounts")},
        does=("returns the sums of the first one, two, three and so on of {numbers}", "lists the running total of {numbers}"),
        body="""
            totals = []
            total = 0
            for number in numbers:
                total += number
                totals.append(total)
            return totals
        """,
        clumsy="""
            totals = []
            for end in range(1, len(numbers) + 1):
                subtotal = 0
                for index in range(end):
                    subtotal = subtotal + numbers[index]
                totals.append(subtotal)
            return totals
        """,
        bugs=(
            ("total += number", "total = number"),
            ("    total += number\n    totals.append(total)", "    totals.append(total)\n    total += number"),
            ("return totals", "return total"),
        ),
        checks=("f([1, 2, 3]) == [1, 3, 6]", "f([]) == []", "f([5, -5, 2]) == [5, 0, 2]"),
    ),
    Family(
        names=("second_largest", "runner_up", "second_best"),
        signature="(numbers: list[int]) -> int | None",
        renames={"numbers": ("values", "scores")},
        does=(
            "returns the second largest of the different values in {numbers}, or None if there are fewer than two",
            "finds the runner-up in {numbers}; equal values count once, and None stands for no runner-up",
        ),
        body="""
            different = sorted(set(numbers))
            return different[-2] if len(different) > 1 else None
        """,
        clumsy="""
            best = None
            second = None
            for number in numbers:
                if best is None or number > best:
                    second = best
                    best = number
                elif number != best:
                    if second is None or number > second:
                        second = number
            return second
        """,
        bugs=(("set(numbers)", "numbers"), (" if len(different) > 1 else None", ""), ("[-2]", "[1]")),
        checks=("f([4, 9, 7]) == 7", "f([5, 5]) is None", "f([]) is None", "f([1, 8, 8, 3, 2]) == 3"),
    ),
    Family(
        names=("merge_sorted", "merge_two", "merged"),
        signature="(left: list[int], right: list[int]) -> list[int]",
        renames={"left": ("first", "ours"), "right": ("second", "theirs")},
        does=(
            "merges the sorted lists {left} and {right} into one sorted list",
            "combines {left} and {right}, both in rising order, into a single list in rising order",
        ),
        body="""
            merged_items = []
            i = j = 0
            while i < len(left) and j < len(right):
                if left[i] <= right[j]:
                    merged_items.append(left[i])
                    i += 1
                else:
                    merged_items.append(right[j])
                    j += 1
            return merged_items + left[i:] + right[j:]
        """,
        clumsy="""
            result = []
            for number in left:
                result.append(number)
            for number in right:
                place = 0
                while place < len(result) and result[place] <= number:
                    place = place + 1
                result.insert(place, number)
            return result
        """,
        bugs=(
            (" + left[i:] + right[j:]", ""),
            (" + right[j:]", ""),
            ("i < len(left) and j < len(right)", "i < len(left) or j < len(right)"),
        ),
        checks=("f([1, 4], [2, 3, 9]) == [1, 2, 3, 4, 9]", "f([], [1]) == [1]", "f([5], []) == [5]", "f([1, 1], [1]) == [1, 1, 1]"),
    ),
    Family(
        names=("interleave", "zip_lists", "take_turns"),
        signature="(first: list, second: list) -> list",
        renames={"first": ("left", "odd"), "second": ("right", "even")},
        does=(
            "takes elements from {first} and {second} in turn; what is left of the longer one follows",
            "weaves {first} and {second} together, beginning with {first}, and appends the rest of the longer list",
        ),
        body="""
            shared = min(len(first), len(second))
            woven = [item for pair in zip(first, second) for item in pair]
            return woven + first[shared:] + second[shared:]
        """,
        clumsy="""
            result = []
            index = 0
            while index < len(first) or index < len(second):
                if index < len(first):
                    result.append(first[index])
                if index < len(second):
                    result.append(second[index])
                index = index + 1
            return result
        """,
        bugs=((" + first[shared:] + second[shared:]", ""), ("min(", "max("), ("zip(first, second)", "zip(second, first)")),
        checks=(
            "f([1, 3], [2, 4]) == [1, 2, 3, 4]",
            "f([1], [2, 3, 4]) == [1, 2, 3, 4]",
            "f([], []) == []",
            "f(['a', 'b'], []) == ['a', 'b']",
        ),
    ),
    Family(
        names=("binary_search", "find_sorted", "locate"),
        signature="(items: list[int], wanted: int) -> int",
        renames={"items": ("numbers", "table"), "wanted": ("target", "key")},
        does=(
            "returns the index of {wanted} in the sorted list {items} by halving, or -1",
            "looks {wanted} up in the sorted {items} with binary search and returns its position, -1 if it is not there",
        ),
        body="""
            low, high = 0, len(items) - 1
            while low <= high:
                middle = (low + high) // 2
                if items[middle] == wanted:
                    return middle
                if items[middle] < wanted:
                    low = middle + 1
                else:
                    high = middle - 1
            return -1
        """,
        clumsy="""
            low = 0
            high = len(items) - 1
            found = -1
            while low <= high and found == -1:
                middle = low + (high - low) // 2
                value = items[middle]
                if value == wanted:
                    found = middle
                else:
                    if value < wanted:
                        low = middle + 1
                    else:
                        high = middle - 1
            return found
        """,
        bugs=(("low <= high", "low < high"), ("low = middle + 1", "low = middle"), ("return -1", "return None")),
        checks=("f([1, 3, 5, 7], 5) == 2", "f([1, 3, 5, 7], 4) == -1", "f([], 1) == -1", "f([9], 9) == 0", "f([2, 4], 4) == 1"),
    ),
    Family(
        names=("moving_average", "window_means", "rolling_mean"),
        signature="(numbers: list[float], window: int) -> list[float]",
        renames={"numbers": ("values", "series"), "window": ("width", "span")},
        does=(
            "returns the mean of every {window} neighbours in {numbers}",
            "computes the moving average of {numbers} over windows of {window} elements",
        ),
        body="""
            last = len(numbers) - window + 1
            return [sum(numbers[start : start + window]) / window for start in range(last)]
        """,
        clumsy="""
            means = []
            start = 0
            while start + window <= len(numbers):
                total = 0
                for index in range(start, start + window):
                    total = total + numbers[index]
                means.append(total / window)
                start = start + 1
            return means
        """,
        bugs=((" - window + 1", " - window"), ("/ window", "/ len(numbers)"), ("- window + 1", "")),
        checks=("f([1, 2, 3, 4], 2) == [1.5, 2.5, 3.5]", "f([3, 6, 9], 3) == [6.0]", "f([1], 2) == []"),
    ),
    Family(
        names=("partition", "split_at_limit", "below_and_above"),
        signature="(numbers: list[int], limit: int) -> tuple[list[int], list[int]]",
        renames={"numbers": ("values", "readings"), "limit": ("bound", "threshold")},
        does=(
            "returns two lists: those of {numbers} below {limit}, and the rest",
            "separates {numbers} into the ones smaller than {limit} and all others, keeping their order",
        ),
        body="""
            below = [number for number in numbers if number < limit]
            rest = [number for number in numbers if number >= limit]
            return below, rest
        """,
        clumsy="""
            below = []
            rest = []
            for index in range(len(numbers)):
                if numbers[index] < limit:
                    below.append(numbers[index])
                else:
                    rest.append(numbers[index])
            return (below, rest)
        """,
        bugs=((">= limit", "> limit"), ("< limit", "<= limit"), ("below, rest", "rest, below")),
        checks=("f([5, 1, 9, 3], 4) == ([1, 3], [5, 9])", "f([4], 4) == ([], [4])", "f([], 1) == ([], [])"),
    ),
    Family(
        names=("longest_run", "longest_streak", "best_streak"),
        signature="(items: list) -> int",
        renames={"items": ("values", "results")},
        does=(
            "returns the length of the longest stretch of equal neighbours in {items}",
            "finds how many times in a row the same value stands in {items} at most",
        ),
        body="""
            longest = current = 0
            for index, item in enumerate(items):
                current = current + 1 if index and items[index - 1] == item else 1
                longest = max(longest, current)
            return longest
        """,
        clumsy="""
            longest = 0
            for start in range(len(items)):
                length = 0
                position = start
                while position < len(items) and items[position] == items[start]:
                    length = length + 1
                    position = position + 1
                if length > longest:
                    longest = length
            return longest
        """,
        bugs=(
            ("else 1", "else 0"),
            ("return longest", "return current"),
            ("current + 1 if index and items[index - 1] == item else 1", "items.count(item)"),
        ),
        checks=("f([1, 1, 2, 2, 2, 1]) == 3", "f([]) == 0", "f(['a']) == 1", "f([1, 2, 1, 2]) == 1"),
    ),
)

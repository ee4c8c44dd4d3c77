"""What scrubbing finds, what it spoils and what it costs: one script for each row of the table in ``docs/privacy.md``.

Each script runs by itself, ``python -m benchmarks.scrub.clean_code`` from the root of the checkout, prints its table and ends with 1 when
a goal is missed. `material` is what is scrubbed: code and files made or found on this machine, and the labelled sets and real traces of
``shared/data``, where a checkout has that beside it; a script says what it left out without them. `arms` are the tools compared.
"""

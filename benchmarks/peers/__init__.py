"""The peers' benchmark in its parts: one file for each arm, named after what it measures, and what all of them share.

`arm` says what an arm is and lists them, `payload` is what every arm records and how it is found again, `sink` is the server that the arms
send to, `child` is the process in which one arm runs, `loopback` keeps it from reaching anything else, `table` prints. The runner is
``benchmarks/peers.py``; the peers themselves are installed from ``requirements.txt`` into an environment of their own.
"""

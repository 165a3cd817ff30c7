"""Real apps of others, unchanged, under way 2 and in the trial: ``nox -s apps``.

Outside ``make test``: each has an environment of its own, and some take a minute to make ready.
"""

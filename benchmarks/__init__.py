"""The costs of the mock: `python -m benchmarks` measures them and prints each budget with its result, met or missed.

Only ratios count. The mock and two bare peers run at once on one machine and are asked in turn, so what disturbs
one disturbs the other. Nothing here is a test, and a slow result is not a failure.
"""

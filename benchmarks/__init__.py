"""What the mock costs, measured: `python -m benchmarks` prints each budget with what it came to, met or missed.

Only ratios count. The mock and two bare peers run at once on one machine and are asked in turn, so what disturbs
one disturbs the other; nothing here is a test, and nothing here fails for being slow.
"""

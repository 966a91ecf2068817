"""Benchmarks: each work alone (`python -m bench.w1`), ours beside a floor and what users write.

Goals are ratios, taken in one run on one machine; absolute figures only say where the ground is.
"""

"""Benchmarks: `python -m bench` runs every work, ours beside a floor and the peers, in one run.

Goals are ratios, taken on one machine in one run; absolute figures only say where the ground is.
`works` says what is measured and what is hoped for; `seeds` make databases; `ours`, `floors` and
`peers` are the contestants, each alone in a process (`python -m bench.ours.herd DATABASE`).
"""

"""What is measured, of whom, and the goals: one file a work. Nothing heavy is imported here, for a
process's peak of memory begins with that of the one that started it.
"""

from bench.works import w1, w2, w3, w4, w5, w6, w7, w8, w9

WORKS = {module.WORK.name: module.WORK for module in (w1, w2, w3, w4, w5, w6, w7, w8, w9)}

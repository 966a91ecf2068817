"""Real processes on one database file, killed at every kind of moment (FAULTS, section 3, A and B).

`python -m tests.kills --seconds 20` starts what an installation has: a daemon and one that stands
by, injectors by the API and by the command line, `advance`, a replay, a person who announces years.
They are killed with SIGKILL and started again. When the time is over the survivors' state must be
what one calm process makes of the same stamped inputs, and every answer that was given must stand.
`--walk api,replay` takes one kind of process after the other instead, alone, and kills it at each
of its points in turn (`--commits`: around its COMMITs alone).

`hasty` is the clock that all share, `points` the moments a process may die at, `child` what runs in
one, `inputs` and `slots` the plan, `field` lets them run and kills them, `quiet` and `checks` judge,
`oracle` is the calm process, `planted` the bugs that must be found.
"""

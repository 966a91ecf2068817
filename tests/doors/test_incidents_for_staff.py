"""What staff see of incidents at the command line, in the shipped workflows (law 10)."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.diaries.bugs import bug_in, mend
from tests.doors.conftest import Cli, Ran
from workflows.ip_complaint import silence_speaks_against_the_complainant, the_complaint

APPEAL = ("--by", "respondent", "--facts", json.dumps({"grounds": "we are licensed"}))
UPHOLD = ("--by", "staff", "--facts", json.dumps({"lane": "general"}))
SAID = "ZeroDivisionError: planted in the_complaint"


def appeals(cli: Cli, *more: str, case: str = "A", now: str = "2025-03-07 23:59") -> Ran:
    return cli("inject", case, "appeal", *APPEAL, *more, now=now)


@pytest.fixture
def upheld(busy: Cli) -> Iterator[Cli]:
    """Complaints A of shop-1 and B of shop-2, upheld on Tuesday 4 March: to be appealed by the 7th."""
    busy.files("B", "shop-2")
    for case in "AB":
        assert busy("inject", case, "uphold", *UPHOLD, now="2025-03-04 10:00").code == 0
    yield busy
    mend()


@pytest.fixture
def stopped(upheld: Cli) -> Cli:
    """The appeal in A met a bug in the last minute; it is the next morning."""
    with bug_in(the_complaint):
        assert appeals(upheld, "--idempotency-key", "a1").code == 0
    upheld.now = "2025-03-08 09:00"
    return upheld
def test_x(stopped, capsys):
    outs=[]
    def r(*w, **k):
        x=stopped(*w, **k); outs.append((w,x.code,x.out,x.err)); return x
    with bug_in(the_complaint):
        r("incident","retry","1")
        r("incident","retry","1","--dry-run")
        r("incident","retry","1","-o","json")
    r("incident","list"); r("incident","list","-o","json"); r("incident","show","1"); r("incident","show","1","-o","json"); r("incident","show","9"); r("incident","retry","0"); r("incident","retry","x")
    r("inject","A","withdraw","--by","complainant","--dry-run"); r("inject","A","withdraw","--by","complainant", "-o","json","--dry-run")
    r("inject","A","withdraw","--by","complainant")
    r("case","show","A"); r("deadlines"); r("forecast","A"); r("forecast","A","-o","json"); r("case","list"); r("advance","--dry-run"); r("advance"); r("journal","verify")
    r("incident","retry","1","--dry-run", now="2025-03-12 09:00"); r("incident","retry","1","--dry-run","-o","json");  r("incident","retry","1"); r("incident","retry","1"); r("incident","list"); r("incident","list","--all"); r("incident","show","1")
    with bug_in(silence_speaks_against_the_complainant, "shop-2"):
        r("forecast","B")
    with open("/tmp/outs.txt","w") as f:
        for w,c,o,e in outs: f.write(f"\n$ {' '.join(w)}   [{c}]\n{o}{e}")

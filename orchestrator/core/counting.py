"""How spans are counted that know office hours: by working hours, or by days from one opening on.

`{ working_hours = 16 }` runs while the office is open and stands still otherwise. It ends at the
very instant at which the sixteenth hour has passed; when that is a closing, at that closing and
not at the next opening.

`{ working_days = 5, office = true }` begins at once inside office hours, else at the next opening,
and ends at the same clock time of the fifth working day after that.

What is frozen keeps what is left: working hours to the microsecond; of days those that are whole,
from clock time to clock time, are consumed, and the one under way is not. A resumption is then a
start like any other: inside office hours at once, else at the next opening. With nothing left a
span ends where it would have gone on.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from typing import TYPE_CHECKING

from orchestrator.core.instants import MICROS_PER_HOUR

if TYPE_CHECKING:
    from orchestrator.core.calendar import Edition
    from orchestrator.core.office import Office
    from orchestrator.core.spans import Pause

Asked = tuple[int, int]  # from this day to that: whether they are worked
Told = tuple[int, str, str]  # a day, what was done with it, and why


class Counting(ABC):
    """One way to count, in its own unit: what is used up by when, and where the rest ends."""

    def __init__(self, edition: Edition, office: Office) -> None:
        self.edition = edition
        self.office = office
        self.zone = edition.zone

    @abstractmethod
    def whole(self, number: int) -> int:
        """A span's number in the unit that is counted."""

    @abstractmethod
    def used(self, at: int, until: int) -> int:
        """What of it is used up between a start and a freeze."""

    @abstractmethod
    def asked(self, at: int, until: int) -> Asked:
        """The days that this depends on; none when the last is before the first."""

    @abstractmethod
    def ends(self, at: int, left: int) -> tuple[int, int]:
        """The instant at which so much has gone by since a start, and up to where one must know
        when the office is open to say so."""

    @abstractmethod
    def days(self, at: int, until: int, left: int) -> Iterator[Told]:
        """Each day between two instants, and what was done with it."""

    @abstractmethod
    def words(self, left: int) -> str:
        """What is left, for people."""

    def end(
        self, number: int, start_at: int, pauses: Sequence[Pause]
    ) -> tuple[int, int, list[Asked]]:
        """Where a span ends: the instant, its last day, and the days that had to be asked about."""
        left, at, asked = self.whole(number), start_at, []
        for pause in pauses:
            asked.append(self.asked(at, pause.frozen_at))
            left = max(0, left - self.used(at, pause.frozen_at))
            assert pause.resumed_at is not None
            at = pause.resumed_at
        ends, known = self.ends(at, left)
        first, last = self.office.days(at, known)
        return ends, last, [*asked, (first, last)]

    def explain(self, number: int, start_at: int, pauses: Sequence[Pause]) -> Iterator[Told]:
        """Every day from the start to the end, in order; one that is resumed may come twice."""
        left, at = self.whole(number), start_at
        day = self.zone.local_day(at)
        yield day, "start", f"{self.edition.name_of(day)}, {self._clock(at)}"
        for pause in pauses:
            yield from self.days(at, pause.frozen_at, left)
            left = max(0, left - self.used(at, pause.frozen_at))
            frozen = self.zone.local_day(pause.frozen_at)
            if pause.resumed_at is None:
                yield frozen, "frozen", f"{self.words(left)} left"
                return
            at = pause.resumed_at
            why = f"frozen on {date.fromordinal(frozen)}, resumed here at {self._clock(at)}"
            yield self.zone.local_day(at), "start", f"{why}, {self.words(left)} left"
        yield from self.days(at, self.ends(at, left)[0], left)

    def _clock(self, at: int) -> str:
        return f"{self.zone.local(at):%H:%M:%S}".removesuffix(":00")


class ByHours(Counting):
    """`{ working_hours = 16 }`, in microseconds."""

    def whole(self, number: int) -> int:
        return number * MICROS_PER_HOUR

    def used(self, at: int, until: int) -> int:
        return self.office.worked(at, until)

    def asked(self, at: int, until: int) -> Asked:
        return self.office.days(at, until)

    def ends(self, at: int, left: int) -> tuple[int, int]:
        if not left:
            ends = self.office.next_open(at)
            return ends, ends + 1
        ends = self.office.after(at, left)
        return ends, ends

    def days(self, at: int, until: int, left: int) -> Iterator[Told]:
        start = self.zone.local_day(at)
        for day in range(start, self.zone.local_day(until) + 1):
            begins, ends = self.zone.midnight(day), self.zone.midnight(day + 1)
            counted = min(left, self.office.worked(max(begins, at), min(ends, until)))
            left -= counted
            name = self.edition.name_of(day)
            if counted:
                yield day, "counted", f"{name}, {self.words(counted)}, {self.words(left)} left"
            elif day > start and ends <= until:
                yield day, "skipped", name

    def words(self, left: int) -> str:
        hours, rest = divmod(left, MICROS_PER_HOUR)
        minutes = str(timedelta(microseconds=rest)).removeprefix("0").removesuffix(":00")
        return f"{hours}{minutes} hours"


class ByDays(Counting):
    """`{ working_days = 5, office = true }`, in days from clock time to clock time."""

    def whole(self, number: int) -> int:
        return number

    def used(self, at: int, until: int) -> int:
        day, past, _ = self._begun(at)
        return self.edition.count_working(day + 1, self._last_whole(past, until))

    def asked(self, at: int, until: int) -> Asked:
        first, _ = self.office.days(at, until)
        return first, self._last_whole(self._begun(at)[1], until)

    def ends(self, at: int, left: int) -> tuple[int, int]:
        day, past, ends = self._begun(at)
        if left:
            ends = self.zone.clock(self.edition.nth_working_day(day, left), past)
        return ends, ends + 1

    def days(self, at: int, until: int, left: int) -> Iterator[Told]:
        day, past, begun = self._begun(at)
        start = self.zone.local_day(at)
        for there in range(start + 1, min(day, self.zone.local_day(until))):
            yield there, "skipped", self.edition.name_of(there)
        if at < begun <= until:
            opens = f"{self.edition.name_of(day)}, the office opens at {self._clock(begun)}"
            yield day, "start", opens
        for there in range(day + 1, self._last_whole(past, until) + 1):
            counts = left > 0 and self.edition.is_working(there)
            left -= counts
            yield there, "counted" if counts else "skipped", self.edition.name_of(there)

    def words(self, left: int) -> str:
        return f"{left} {'day' if left == 1 else 'days'}"

    def _begun(self, at: int) -> tuple[int, int, int]:
        """Where a count really begins: its day, the clock time there, and the instant."""
        begun = self.office.next_open(at)
        day = self.zone.local_day(begun)
        return day, self.zone.past_midnight(begun), begun

    def _last_whole(self, past: int, until: int) -> int:
        """The last day whose clock has come to a time by an instant."""
        last = self.zone.local_day(until)
        return last - (until < self.zone.clock(last, past))

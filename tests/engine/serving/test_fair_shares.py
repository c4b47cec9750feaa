"""The owners of a job, and what they have used and hold."""

from bot.engine.serving.fair_shares import _MAX_OWNERS, RowCounts, Usage, owners
from bot.engine.serving.sequence import Job
from bot.engine.serving.stopping import StopStrings
from bot.engine.types import Request
from tests.engine.toys import Clock


def job(n: int = 1, **names: str) -> Job:
    request = Request(tokens=(1,), n=n, **names)  # type: ignore[arg-type]  # the names of owners
    return Job(request=request, seed=1, accepted=0.0, deadline=None, stops=StopStrings(()))


def test_a_job_without_names_has_no_owner() -> None:
    assert owners(job()) == []
    assert owners(job(channel="a", user="a")) == [("user", "a"), ("channel", "a")]


def test_use_is_that_of_the_heaviest_owner() -> None:
    usage = Usage(Clock())
    usage.charge(job(channel="a", user="x", address="home"), 10)
    usage.charge(job(channel="b", user="y", address="home"), 10)
    assert usage.of(job(channel="a", user="x", address="home")) == 20
    assert usage.of(job(channel="a", user="x")) == 10
    assert usage.of(job()) == 0


def test_owners_are_forgotten_before_they_are_too_many() -> None:
    """The clock is stopped, so nothing decays, and still the table does not grow."""
    usage = Usage(Clock())
    usage.charge(job(user="heavy"), 1000)
    for number in range(3 * _MAX_OWNERS):
        usage.charge(job(user=f"u{number}"), 5)
        assert len(usage._used) <= _MAX_OWNERS + 1
    assert usage.of(job(user="heavy")) == 1000


def test_holdings_count_rows() -> None:
    held = RowCounts([job(3, user="a", address="home"), job(2, user="b", address="home"), job(1, user="a")])
    assert held.of(job(user="a")) == 4
    assert held.of(job(user="b", address="home")) == 5
    assert held.of(job(user="c")) == 0
    assert held.of_service(job()) == 6
    assert held.of_service(job(service="api")) == 0


def test_what_two_jobs_share_stays_as_it_is() -> None:
    one, two = job(3, user="a", address="home"), job(2, user="b", address="home")
    held = RowCounts([one, two])
    assert held.after(job(4, user="c", address="home"), one) == 5
    assert held.after(job(6, user="c", address="home"), one) == 6
    assert held.after(job(4, user="a", address="home"), two) == 7
    assert held.after(job(1, user="b", address="home"), two) == 6, "not within one user's jobs"
    assert held.after(job(4), one) == 4

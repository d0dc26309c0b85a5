"""Leases: one holder at a time, under a token that only grows."""

from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from threading import Barrier

import pytest

from lodge_platform.errors import ConflictError
from lodge_platform.lodge import Lodge
from lodge_platform.services import leases
from lodge_platform.services.held import (
    HeldLease,
    LeaseLostError,
    fencing_token,
    require_lease,
    working_under,
)
from lodge_platform.services.leases import Lease

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def after(seconds: float) -> datetime:
    return NINE + timedelta(seconds=seconds)


def take(lodge: Lodge, instance_id: int, holder: str, now: datetime) -> Lease | None:
    with lodge.stores.master.write() as connection:
        return leases.take(connection, instance_id, holder=holder, now=now)


def test_r80_of_many_who_want_a_lease_at_once_one_gets_it(lodge: Lodge, instance_id: int) -> None:
    barrier = Barrier(6)

    def want(number: int) -> Lease | None:
        barrier.wait()
        return take(lodge, instance_id, f"holder {number}", NINE)

    for round_no in range(5):
        with ThreadPoolExecutor(6) as pool:
            got = [lease for lease in pool.map(want, range(6)) if lease]
        assert [lease.fencing_token for lease in got] == [round_no + 1]
        with lodge.stores.master.write() as connection:
            leases.release(connection, got[0], now=NINE)


def test_a_lease_is_kept_from_others_until_it_lapses(lodge: Lodge, instance_id: int) -> None:
    first = take(lodge, instance_id, "a", NINE)
    assert first is not None
    assert take(lodge, instance_id, "b", after(leases.LEASE_SECONDS - 0.1)) is None
    second = take(lodge, instance_id, "b", after(leases.LEASE_SECONDS))
    assert second is not None
    assert second.fencing_token > first.fencing_token


def test_a_renewed_lease_is_kept_longer(lodge: Lodge, instance_id: int) -> None:
    first = take(lodge, instance_id, "a", NINE)
    assert first is not None
    with lodge.stores.master.write() as connection:
        renewed = leases.renew(connection, first, now=after(10))
    assert renewed is not None
    assert renewed.fencing_token == first.fencing_token
    assert take(lodge, instance_id, "b", after(leases.LEASE_SECONDS + 5)) is None


def test_an_older_token_can_neither_renew_nor_write(lodge: Lodge, instance_id: int) -> None:
    first = take(lodge, instance_id, "a", NINE)
    second = take(lodge, instance_id, "b", after(60))
    assert first is not None
    assert second is not None
    with lodge.stores.master.write() as connection:
        assert leases.renew(connection, first, now=after(61)) is None
        leases.note_failure(connection, first, said="old", now=after(61), failures_in_row=1)
        leases.release(connection, first, now=after(61))
        leases.require_current(connection, second)
        with pytest.raises(ConflictError, match="lost to b"):
            leases.require_current(connection, first)
    assert take(lodge, instance_id, "c", after(62)) is None


def test_ones_own_earlier_lease_is_void_after_taking_it_again(
    lodge: Lodge, instance_id: int
) -> None:
    first = take(lodge, instance_id, "a", NINE)
    again = take(lodge, instance_id, "a", after(1))
    assert first is not None
    assert again is not None
    assert again.fencing_token == first.fencing_token + 1
    with lodge.stores.master.write() as connection:
        assert leases.renew(connection, first, now=after(2)) is None


def test_what_a_dead_process_held_is_free_at_once(lodge: Lodge, instance_id: int) -> None:
    take(lodge, instance_id, "a", NINE)
    with lodge.stores.master.write() as connection:
        assert leases.living_holders(connection, now=after(1)) == {"a"}
        assert leases.release_dead(connection, ["a", "z"], now=after(1)) == 1
        assert leases.living_holders(connection, now=after(1)) == set()
    assert take(lodge, instance_id, "b", after(1)) is not None


def test_long_work_finds_out_that_its_lease_has_lapsed() -> None:
    held = HeldLease(Lease(1, "a", 7, after(15)))
    require_lease(NINE)
    with working_under(held):
        assert fencing_token() == 7
        require_lease(after(14))
        with pytest.raises(LeaseLostError):
            require_lease(after(15))
        held.renewed(Lease(1, "a", 7, after(30)))
        require_lease(after(15))
        held.renewed(None)
        with pytest.raises(LeaseLostError):
            require_lease(after(15))
    assert fencing_token() == 0

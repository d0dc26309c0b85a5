"""The router and the pushback as services, many hands at once, and their verbs."""

from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from sqlalchemy import select

from fixtures.workplace import Workplace, at
from lodge_core.agents import desk
from lodge_core.routing import pushback, router
from lodge_core.workflows import engine
from lodge_platform.cli import main
from lodge_platform.errors import RefusedError
from lodge_platform.schema.active import Activity, Offer
from lodge_platform.services.registry import service_processes
from lodge_platform.vocabulary import ActivityStatus, AgentStateCode, OfferOutcome


def test_the_services_are_registered_and_tick(workplace: Workplace) -> None:
    workplace.agent("grace", "Everybody")
    workplace.ready("grace")
    activity_id = workplace.queued()
    for name, module in (("router", router), ("pushback", pushback), ("workflow_engine", engine)):
        assert service_processes()[name] is module.process
    build = router.process.build
    assert build is not None
    service = build(workplace.lodge, "router")
    assert service.tick(at(1)) == 0
    assert service.tick(at(2)) == 1
    assert list(workplace.pending()) == [activity_id]
    build = pushback.process.build
    assert build is not None
    build(workplace.lodge, "pushback").tick(at(61))
    assert workplace.pending() == {}


def test_r68_many_hands_at_once_neither_deadlock_nor_lose_anything(workplace: Workplace) -> None:
    for number in range(6):
        workplace.agent(f"agent{number}", "Everybody", "Billing")
    workplace.ready(*workplace.agents)
    agents = list(workplace.agents.values())
    keys = workplace.many_queued(60) + workplace.many_queued(60, "Refunds")

    def work(seed: int) -> None:
        random = Random(seed)  # noqa: S311 - a repeatable walk, no secret
        for second in range(0, 600, 15):
            now = at(second + seed)
            router.tick(workplace.lodge, now)
            pushback.tick(workplace.lodge, now)
            agent = random.choice(agents)
            pending = list(workplace.pending().values())
            try:
                match random.randrange(6):
                    case 0:
                        desk.sign_out(workplace.lodge, agent, now=now)
                    case 1 | 2:
                        desk.change_state(
                            workplace.lodge,
                            agent,
                            workplace.domain_id,
                            state=AgentStateCode.READY,
                            now=now,
                        )
                    case 3:
                        key = random.choice(keys)
                        desk.pick(workplace.lodge, key, agent_id=agent, now=now)
                        desk.complete(workplace.lodge, key, agent_id=agent, now=now)
                    case _ if pending:
                        holder, offer_id = random.choice(pending)
                        desk.accept_offer(workplace.lodge, offer_id, agent_id=holder, now=now)
                    case _:
                        pass
            except RefusedError:
                continue

    with ThreadPoolExecutor(4) as pool:
        for done in [pool.submit(work, seed) for seed in range(4)]:
            done.result()

    assert workplace.differences() == []
    assert len(workplace.rows(select(Activity.activity_id))) == len(keys)
    pending = workplace.rows(select(Offer.activity_id).where(Offer.outcome == OfferOutcome.PENDING))
    offered = workplace.rows(
        select(Activity.activity_id).where(Activity.status == ActivityStatus.OFFERED)
    )
    assert sorted(pending) == sorted(offered)


def test_explain_and_replay_answer_on_the_command_line(
    workplace: Workplace, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    settings = workplace.lodge.settings
    monkeypatch.setenv("LODGE_MASTER_URL", settings.master_url)
    monkeypatch.setenv("LODGE_ACTIVE_URL", settings.active_url)
    monkeypatch.setenv("LODGE_HOME", str(settings.home))
    workplace.agent("grace", "Everybody")
    activity_id = workplace.queued()
    assert main(["route", "explain", str(activity_id)]) == 0
    assert "is not signed in to E-mail" in capsys.readouterr().out
    workplace.ready("grace")
    router.tick(workplace.lodge, at(1))
    assert main(["route", "replay", "--json"]) == 0
    assert '"differing": 0' in capsys.readouterr().out
    assert main(["route", "explain", "999"]) == 1
    assert "no activity 999" in capsys.readouterr().err

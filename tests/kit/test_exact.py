"""What a process measured exactly is told in test mode, and nowhere else."""

from pathlib import Path

import orjson

from server.app import make_runtime
from server.kit.run.health import Health, InternalApp
from server.kit.runtime import Runtime
from server.kit.settings import random_port_settings
from tests.kit.test_health import ask


async def test_nothing_is_kept_exactly_where_people_are_real(tmp_path: Path) -> None:
    rt = make_runtime(random_port_settings(tmp_path, 8000, mode="demo"))
    try:
        assert rt.metrics.exact is None
    finally:
        await rt.close()
    assert (await ask(Health(started=True), "/exact"))[0] == 404


async def test_a_commit_and_the_wait_before_it_are_measured(rt: Runtime) -> None:
    assert rt.metrics.exact is not None
    before = orjson.loads(rt.metrics.exact.render())["waits"]
    async with rt.stores.vluchtig.transaction():
        pass
    async with rt.stores.hoofd.transaction():
        pass
    after = orjson.loads(rt.metrics.exact.render())["waits"]
    for step in ("commit", "pool"):
        assert len(after[step]) == len(before.get(step, [])) + 1, "the store of the chat, and no other"
        assert after[step][-1] >= 0
    shown = InternalApp(Health(started=True), rt.metrics.render, rt.metrics.exact.render)
    assert shown._answer("/exact")[0] == 200

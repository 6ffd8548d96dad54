"""The demonstration brings real cases, once."""

from server.chat import service as chat
from server.desk import demo, queries
from server.kit.runtime import Runtime
from tests.desk.cases import moderator


async def test_invented_lines_become_cases_once(rt: Runtime) -> None:
    await chat.ensure_groups(rt)
    await demo.seed(rt, rt.clock.now())
    await demo.seed(rt, rt.clock.now())
    rows = (await queries.queue(rt, await moderator(rt))).rows
    assert [row.label for row in rows][:1] == ["crisis_now"]
    assert {"suicidal_passive", "harassment"} <= {row.label for row in rows}
    assert sum(row.reports for row in rows) == 1
    assert len(rows) == len({row.id for row in rows})

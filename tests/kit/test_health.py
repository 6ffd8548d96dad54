"""What the internal port says: alive, started, ready, and which part does not answer."""

from starlette.types import Message

from server.kit.run.health import Health, InternalApp


async def ask(health: Health, path: str) -> tuple[int, bytes]:
    """Return status and body."""
    sent: list[Message] = []

    async def receive() -> Message:
        return {"type": "http.request"}

    async def send(message: Message) -> None:
        sent.append(message)

    await InternalApp(health, lambda: b"numbers")({"type": "http", "path": path}, receive, send)
    return sent[0]["status"], sent[1]["body"]


async def test_ready_once_started_and_until_it_leaves() -> None:
    health = Health()
    assert (await ask(health, "/health/startup"))[0] == (await ask(health, "/health/ready"))[0] == 503
    health.started = True
    assert (await ask(health, "/health/startup"))[0] == (await ask(health, "/health/ready"))[0] == 200
    health.draining = True
    assert (await ask(health, "/health/ready"))[0] == 503
    assert (await ask(health, "/health/live"))[0] == 200


async def test_a_part_in_trouble_is_named_and_takes_nobody_out() -> None:
    health = Health(started=True, parts=lambda: {"database": False, "bus": True})
    assert await ask(health, "/health/ready") == (200, b"ok\ndatabase degraded\nbus up\n")


async def test_a_loop_that_is_late_takes_the_process_out() -> None:
    assert (await ask(Health(started=True, lag=lambda: 1.2), "/health/ready"))[0] == 503


async def test_nobody_is_sent_to_a_process_that_still_reads_its_rules() -> None:
    read: list[bool] = []
    health = Health(started=True, warm=lambda: bool(read))
    assert (await ask(health, "/health/startup"))[0] == (await ask(health, "/health/ready"))[0] == 503
    read.append(True)
    assert (await ask(health, "/health/startup"))[0] == (await ask(health, "/health/ready"))[0] == 200


async def test_other_addresses_are_unknown() -> None:
    assert (await ask(Health(started=True), "/health"))[0] == 404
    assert await ask(Health(), "/metrics") == (200, b"numbers")

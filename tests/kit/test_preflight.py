"""What stands in the way of serving is found before anything is opened, all of it at once."""

import resource
import shutil
from dataclasses import replace
from pathlib import Path
from typing import NamedTuple

import pytest

from server.kit.run import preflight, servers
from server.kit.settings import BadSettings, Fault, Settings, load, random_port_settings
from server.start import find_faults, start
from tests import services


@pytest.fixture
def cheap(tmp_path: Path) -> Settings:
    """Settings of a throw-away server."""
    return random_port_settings(tmp_path, 8000)


class Usage(NamedTuple):
    """What shutil says of a disk."""

    total: int
    used: int
    free: int


def names(faults: list[Fault]) -> list[str]:
    """Return which settings are at fault."""
    return [fault.name for fault in faults]


async def test_a_machine_in_order_has_no_faults(cheap: Settings) -> None:
    assert await preflight.preflight(cheap) == []


def test_as_many_files_as_the_system_gives(cheap: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    limits = [(100, 1500)]
    monkeypatch.setattr(resource, "getrlimit", lambda _: limits[-1])
    monkeypatch.setattr(resource, "setrlimit", lambda _, wanted: limits.append(wanted))
    assert names(preflight.files(cheap)) == ["MOI_MAX_CONNECTIONS"]
    assert limits[-1] == (1500, 1500)
    assert preflight.files(replace(cheap, max_connections=500)) == []


def test_a_full_disk_refuses_and_a_filling_one_is_said(
    cheap: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, preflight.LEAST_SPACE - 1))
    assert names(preflight.folder(cheap)) == ["MOI_DATA_DIR"]
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, preflight.LITTLE_SPACE - 1))
    assert preflight.folder(cheap) == []
    assert "disk_low" in capsys.readouterr().err


def test_a_folder_that_cannot_be_written(cheap: Settings, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("no folder")
    assert names(preflight.folder(replace(cheap, data_dir=tmp_path / "file"))) == ["MOI_DATA_DIR"]


async def test_a_database_that_never_comes_is_waited_for_and_then_named(
    cheap: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(servers, "WAIT_SECONDS", 0.3)
    away = replace(cheap, database_url=f"postgresql://moi@127.0.0.1:{services.free_port()}/moi")
    assert names(await preflight.preflight(away)) == ["MOI_DATABASE_URL"]


async def test_a_redis_that_keeps_nothing_is_good_and_one_that_is_away_is_no_fault(
    cheap: Settings, redis_url: str
) -> None:
    for url in (redis_url, f"redis://127.0.0.1:{services.free_port()}"):
        assert await servers.redis(replace(cheap, redis_url=url, mode="production")) == []


async def test_an_unknown_schema_and_other_faults_are_named_together(cheap: Settings) -> None:
    faults = await find_faults(cheap, preflight.files(replace(cheap, max_connections=10**9)))
    assert names(faults) == ["MOI_MAX_CONNECTIONS", "MOI_DATABASE_URL"]
    assert "migrate" in faults[1].expected


async def test_a_start_that_is_refused_says_why_and_ends_with_78(
    cheap: Settings, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(shutil, "disk_usage", lambda _: Usage(0, 0, 0))
    assert await start(cheap) == 78
    assert "MOI_DATA_DIR" in capsys.readouterr().err


def test_several_processes_need_what_they_share() -> None:
    with pytest.raises(BadSettings) as refused:
        load({"MOI_MODE": "test", "MOI_PROCESSES": "2", "MOI_REDIS_URL": "redis://redis"})
    assert sorted(fault.name for fault in refused.value.faults) == ["MOI_PROCESSES", "MOI_REDIS_URL"]
    with pytest.raises(BadSettings) as refused:
        load({"MOI_MODE": "test", "MOI_PROCESSES": "2", "MOI_DATABASE_URL": "postgresql://moi@db/moi"})
    assert [fault.name for fault in refused.value.faults] == ["MOI_PROCESSES"]


def test_an_address_with_a_path_would_refuse_every_form() -> None:
    with pytest.raises(BadSettings) as refused:
        load({"MOI_MODE": "test", "MOI_PUBLIC_URL": "https://moi.example/gemeenschap"})
    assert [fault.name for fault in refused.value.faults] == ["MOI_PUBLIC_URL", "MOI_TEAM_URL", "MOI_BOOKING_URL"]

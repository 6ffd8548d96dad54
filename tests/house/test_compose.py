"""The compose file against the code, without an engine (reliability-spec 9)."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml

from server.kit.locked_file import new_pair
from server.kit.settings import PREFIX, SETTINGS, load

ROOT = Path(__file__).resolve().parents[2]
TEXT = (ROOT / "compose.yaml").read_text(encoding="utf-8")
COMPOSE: dict[str, Any] = yaml.safe_load(TEXT)
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
QUIET = {
    "archive_mode": "off",
    "log_statement": "none",
    "log_min_duration_statement": "-1",
    "log_parameter_max_length": "0",
    "log_parameter_max_length_on_error": "0",
    "log_min_error_statement": "panic",
    "log_error_verbosity": "terse",
    "log_connections": "off",
}

every_service = pytest.mark.parametrize("name", SERVICES)


def filled(text: str) -> str:
    """Fill in what the operator chooses."""
    text = re.sub(r"\$\{BACKUP_TO(?::[^}]*)?\}", new_pair()[0], text)
    return re.sub(r"\$\{DOMAIN(?::[^}]*)?\}", "moi.example", text)


@every_service
def test_service_can_do_little(name: str) -> None:
    """No root, nothing writable that is not named, no capability, no way to get one, and an end to what it may use."""
    service = SERVICES[name]
    assert service["read_only"] is True
    assert service["cap_drop"] == ["ALL"]
    assert "cap_add" not in service
    assert service["security_opt"] == ["no-new-privileges:true"]
    assert str(service["user"]).split(":")[0] not in ("0", "root")
    assert all(service.get(limit) for limit in ("mem_limit", "cpus", "pids_limit"))
    assert "privileged" not in service
    assert "network_mode" not in service


def test_only_the_proxy_is_reachable() -> None:
    """It alone has ports, and it alone stands in the network that leads outside."""
    assert [name for name, service in SERVICES.items() if "ports" in service] == ["proxy"]
    assert [name for name, service in SERVICES.items() if "front" in service["networks"]] == ["proxy"]
    assert all(COMPOSE["networks"][name].get("internal") for name in ("edge", "back"))
    assert "back" not in SERVICES["proxy"]["networks"]


@every_service
def test_no_secret_stands_in_the_environment(name: str) -> None:
    """Only addresses without a password, and names of files."""
    for key, value in SERVICES[name].get("environment", {}).items():
        assert not re.search("://[^/@]*:[^/@]*@", str(value)), key
        if re.search("PASS|SECRET|TOKEN|KEY", key):
            assert str(value).startswith("/run/secrets/"), key
            assert Path(value).name in SERVICES[name]["secrets"]
    assert set(SERVICES[name].get("secrets", [])) <= set(COMPOSE["secrets"])


@pytest.mark.parametrize("name", ["app", "migrate"])
def test_settings_exist_and_are_good_for_production(name: str) -> None:
    """Read as the server reads them: an unknown or wrong one is a fault."""
    environment = SERVICES[name]["environment"]
    assert {key for key in environment if key.startswith(PREFIX)} <= {PREFIX + setting.name for setting in SETTINGS}
    settings = load({key: filled(str(value)) for key, value in environment.items() if key.startswith(PREFIX)})
    assert settings.mode == "production"
    assert settings.secure
    assert settings.origins == {"https://moi.example", "https://team.moi.example", "https://afspraak.moi.example"}
    assert str(settings.internal_port) in SERVICES["app"]["healthcheck"]["test"][-1]


def test_every_path_of_the_image_exists() -> None:
    """What is copied is in the repository."""
    text = SERVICES["app"]["build"]["dockerfile_inline"]
    copied = [part for line in re.findall(r"^COPY (?!--from)(.+)$", text, re.M) for part in line.split()[:-1]]
    assert copied
    assert [part for part in copied if not (ROOT / part).exists()] == []
    assert SERVICES["proxy"]["build"]["dockerfile_inline"] == text
    assert {"app", "proxy"} == set(re.findall(r"^FROM \S+ AS (\w+)$", text, re.M))


def test_volumes_networks_and_configs_exist() -> None:
    """No name leads nowhere, and none is left over."""
    used = {"volumes": set[str](), "networks": set[str](), "configs": set[str](), "secrets": set[str]()}
    for service in SERVICES.values():
        used["volumes"] |= {volume.split(":")[0] for volume in service.get("volumes", [])}
        used["networks"] |= set(service["networks"])
        used["configs"] |= {config["source"] for config in service.get("configs", [])}
        used["secrets"] |= set(service.get("secrets", []))
    assert {kind: set(COMPOSE[kind]) for kind in used} == used


def test_database_writes_nothing_down() -> None:
    """Privacy 4.1: no statement, no parameter, no archive, no address of who connects."""
    said = dict(part.removeprefix("-c").split("=", 1) for part in SERVICES["db"]["command"][1:])
    assert QUIET.items() <= said.items()
    assert not re.search("%[hru]", said["log_line_prefix"])


def test_redis_keeps_nothing() -> None:
    """No file, no slow log, no volume (privacy 3.4)."""
    words = SERVICES["redis"]["command"]
    said = {name: words[words.index(name) + 1] for name in ("--save", "--appendonly", "--slowlog-log-slower-than")}
    assert said == {"--save": "", "--appendonly": "no", "--slowlog-log-slower-than": "-1"}
    assert "volumes" not in SERVICES["redis"]


def test_order_and_end() -> None:
    """The schema is there before the server, which gets half a minute to say goodbye."""
    assert SERVICES["app"]["depends_on"]["migrate"] == {"condition": "service_completed_successfully"}
    assert SERVICES["app"]["stop_grace_period"] == "30s"
    assert SERVICES["migrate"]["command"] == ["migrate"]
    assert SERVICES["migrate"]["restart"] == "no"


def test_the_proxy_knows_every_process_and_asks_whether_it_is_ready() -> None:
    """As many names as replicas, and as many as share the limits; the internal port answers inside only."""
    text = COMPOSE["configs"]["caddyfile"]["content"]
    app = SERVICES["app"]
    named = re.search(r"reverse_proxy (.+) \{", text)
    assert named
    replicas = app["deploy"]["replicas"]
    assert named[1].split() == [f"{COMPOSE['name']}-app-{number}:8000" for number in range(1, replicas + 1)]
    assert app["environment"]["MOI_PROCESSES"] == str(replicas)
    assert "health_uri /health/ready" in text
    assert f"health_port {app['environment']['MOI_INTERNAL_PORT']}" in text
    assert app["environment"]["MOI_INTERNAL_HOST"] == app["environment"]["MOI_HOST"]


def test_images_are_named_with_a_version() -> None:
    """Never what happens to be newest; the operator pins the digest."""
    named = [service["image"] for service in SERVICES.values() if "build" not in service]
    named += re.findall(r"^FROM (\S+) AS", SERVICES["app"]["build"]["dockerfile_inline"], re.M)
    assert named
    assert all(re.search(r":\d", image) or "@sha256:" in image for image in named)


def test_proxy_has_limits_and_no_log() -> None:
    """What the proxy refuses does not reach the server; what it knows it does not write down."""
    text = COMPOSE["configs"]["caddyfile"]["content"]
    for line in ("output discard", "read_header 10s", "read_body 20s", "max_size 64KB", "stream_close_delay"):
        assert line in text
    assert "\n  log {" not in text
    for header in ("User-Agent", "X-Forwarded-For", "Accept-Language", "Referer"):
        assert f"header_up -{header}" in text

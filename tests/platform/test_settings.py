"""A wrong setting stops the program with a sentence that names the variable; a right one is what it says."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from gridward import settings
from gridward.settings import OF_THE_TESTS, SettingsRefused


@pytest.fixture(autouse=True)
def clean(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in list(os.environ):
        if (name.startswith("GRIDWARD_") or name == "DATABASE_URL") and name not in OF_THE_TESTS:
            monkeypatch.delenv(name)


def test_nothing_set_is_this_machine_only() -> None:
    made = settings.read()
    assert (made.origin, made.secure, made.database_url) == ("http://127.0.0.1:8000", False, None)


@pytest.mark.parametrize(
    ("name", "value", "says"),
    [
        ("GRIDWARD_PORT", "eighty", "valid integer"),
        ("GRIDWARD_PORT", "70000", "less than or equal to 65535"),
        ("GRIDWARD_PUBLIC_URL", "http://grid.example.org", "must be https"),
        ("GRIDWARD_PUBLIC_URL", "https://grid.example.org/city", "without a path"),
        ("GRIDWARD_PUBLIC_URL", "grid.example.org", "must be an address"),
        ("GRIDWARD_HOST", "0.0.0.0", "GRIDWARD_PUBLIC_URL"),
        ("GRIDWARD_BLOBS", "ftp://files", "a folder or s3://bucket"),
        ("GRIDWARD_BLOBS", "s3://", "a folder or s3://bucket"),
        ("GRIDWARD_BLOBS", "s3://Our_Photos", "a folder or s3://bucket"),
        ("GRIDWARD_BLOBS", "s3://photos?region=cn", "a folder or s3://bucket"),
        ("GRIDWARD_BASE_MAP", "https://tiles.example.org/{z}/{x}/{y}.png", "GRIDWARD_BASE_MAP_DATUM"),
        ("GRIDWARD_BASE_MAP_MOST_ZOOM", "30", "less than or equal to 22"),
        ("GRIDWARD_SMS", "pigeon", "console, off, or an https address"),
        ("GRIDWARD_PUSH", "maybe", "'on' or 'off'"),
        ("GRIDWARD_PUSH_HOSTS", "https://push.example.org", "not a host name"),
        ("GRIDWARD_LOG_FORMAT", "xml", "'text' or 'json'"),
        ("GRIDWARD_TRUSTED_PROXIES", "proxy.local", "IPv4 or IPv6"),
        ("GRIDWARD_PROCESSES", "0", "greater than or equal to 1"),
        ("GRIDWARD_ALLOW_UNSAFE_DATABASE", "perhaps", "valid boolean"),
        ("GRIDWARD_PROT", "8001", "did you mean GRIDWARD_PORT"),
        ("GRIDWARD_XYZZY", "1", "is no setting"),
        ("DATABASE_URL", "mysql://root@db/x", "PostgreSQL"),
    ],
)
def test_a_wrong_one_is_named(name: str, value: str, says: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(SettingsRefused) as refused:
        settings.read()
    assert name in str(refused.value)
    assert says in str(refused.value)


def test_a_bucket_behind_an_address_that_is_none_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "minio:9000")
    assert settings.read().blobs == ""
    monkeypatch.setenv("GRIDWARD_BLOBS", "s3://photos/of-the-town")
    with pytest.raises(SettingsRefused, match=r"GRIDWARD_BLOBS=s3://photos/of-the-town: .* AWS_ENDPOINT_URL"):
        settings.read()
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://minio:9000")
    assert settings.read().blob_store == "s3://photos/of-the-town"


def test_all_that_is_wrong_is_said_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("GRIDWARD_PORT", "GRIDWARD_PROCESSES", "GRIDWARD_COLOUR"):
        monkeypatch.setenv(name, "blue")
    with pytest.raises(SettingsRefused) as refused:
        settings.read()
    assert len(str(refused.value).splitlines()) == 3


def test_a_password_is_never_repeated(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DATABASE_URL", "mysql://root:hunter2@db/x")
    with pytest.raises(SettingsRefused) as refused:
        settings.read()
    assert "hunter2" not in str(refused.value)
    monkeypatch.setenv("DATABASE_URL", "postgresql://owner:hunter2@db/x")
    assert "hunter2" not in repr(settings.read())


def test_an_empty_one_is_as_if_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDWARD_PORT", "")
    assert settings.read().port == 8000


def test_behind_a_tls_proxy_it_may_listen_everywhere(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("GRIDWARD_HOST", "0.0.0.0")
    monkeypatch.setenv("GRIDWARD_PUBLIC_URL", "https://grid.example.org/")
    monkeypatch.setenv("GRIDWARD_TRUSTED_PROXIES", "10.0.0.2, 172.16.0.0/12")
    made = settings.read()
    assert (made.origin, made.secure) == ("https://grid.example.org", True)
    assert made.trusted_proxies == ("10.0.0.2", "172.16.0.0/12")


def test_every_setting_says_what_it_is() -> None:
    assert all(field.description for field in settings.Settings.model_fields.values())
    assert "DATABASE_URL" in settings.VARIABLES


def test_secrets_are_made_once_and_for_us_only(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    first = settings.install_secrets(folder)
    assert settings.install_secrets(folder) == first
    assert len({first.session, first.phone_hash, first.push}) == 3
    assert all(len(key) == 32 for key in (first.session, first.phone_hash, first.push))
    assert [one.name for one in folder.iterdir()] == ["secrets.json"]
    assert (folder / "secrets.json").stat().st_mode & 0o777 == 0o600
    assert settings.install_secrets(tmp_path / "other") != first


def test_an_older_installation_gets_the_keys_it_lacks_and_keeps_the_others(tmp_path: Path) -> None:
    first = settings.install_secrets(tmp_path)
    path = tmp_path / "secrets.json"
    older = {name: key for name, key in json.loads(path.read_text()).items() if name != "push"}
    path.write_text(json.dumps(older))
    again = settings.install_secrets(tmp_path)
    assert (again.session, again.phone_hash) == (first.session, first.phone_hash)
    assert again.push not in (first.push, first.session)
    assert settings.install_secrets(tmp_path) == again
    path.write_text(json.dumps({"push": older["session"]}))
    with pytest.raises(SettingsRefused, match="damaged"):
        settings.install_secrets(tmp_path)


def test_secrets_that_others_can_read_or_that_are_damaged_are_refused(tmp_path: Path) -> None:
    settings.install_secrets(tmp_path)
    path = tmp_path / "secrets.json"
    path.chmod(0o644)
    with pytest.raises(SettingsRefused, match="can be read by others"):
        settings.install_secrets(tmp_path)
    path.chmod(0o600)
    path.write_text('{"session": "')
    with pytest.raises(SettingsRefused, match="damaged"):
        settings.install_secrets(tmp_path)


def test_a_base_map_of_several_layers_is_read_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    assert settings.read().shown_base_map is None
    monkeypatch.setenv("GRIDWARD_BASE_MAP", "https://a.example.org/{z}/{x}/{y}  https://b.example.org/{z}/{x}/{y}")
    monkeypatch.setenv("GRIDWARD_BASE_MAP_DATUM", "gcj02")
    with pytest.raises(SettingsRefused, match="GRIDWARD_BASE_MAP_ATTRIBUTION"):
        settings.read()
    monkeypatch.setenv("GRIDWARD_BASE_MAP_ATTRIBUTION", "某地图")
    chosen = settings.read().shown_base_map
    assert chosen is not None
    assert chosen.origins == ("https://a.example.org", "https://b.example.org")
    assert chosen.datum == "GCJ-02"

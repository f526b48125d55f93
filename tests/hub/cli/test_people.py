"""`yijian accounts` and `yijian peers`: an operator keeps who may come in, and each act is in the sharing log."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from typer.testing import CliRunner, Result

from hub.cli import main
from hub.errors import HubError
from hub.identity.accounts import LoginRules, log_in
from hub.settings import Settings
from hub.wiring import keys
from hub.wiring.build import ground

OLD, NEW = "Yijian-2026-test", "Yijian-2027-test"
CREATE = "accounts create ckry01 --name 测试甲 --organisation hub --role clerk"
Command = Callable[..., Result]


@pytest.fixture
def command(engine_url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Command:
    monkeypatch.setenv("YIJIAN_FOLDER", str(tmp_path / "hub"))
    monkeypatch.setenv("YIJIAN_DATABASE_URL", engine_url)
    keys.create(Settings().keys_folder)

    def run(line: str, *, password: str = "", code: int = 0) -> Result:
        done = CliRunner().invoke(main, line.split(), input=f"{password}\n{password}\n")
        assert done.exit_code == code, done.output
        return done

    return run


def may_log_in(password: str) -> bool:
    from hub.clock import utc_now

    base = ground(Settings())
    try:
        log_in(base.database, LoginRules(), "ckry01", password, utc_now())
    except HubError as e:
        assert e.code == "LOGIN_REFUSED"
        return False
    finally:
        base.log.close()
        base.database.close()
    return True


def acts() -> list[str]:
    base = ground(Settings())
    try:
        return [str(e.record["action"]) for e in base.log.entries(0, base.log.health().size)]
    finally:
        base.log.close()
        base.database.close()


def test_an_operator_sets_a_password_disables_and_enables_an_account(command: Command) -> None:
    command(CREATE, password=OLD)
    command("accounts set-password ckry01", password=NEW)
    assert (may_log_in(OLD), may_log_in(NEW)) == (False, True)
    command("accounts disable ckry01")
    assert not may_log_in(NEW) and "disabled" in command("accounts list").output
    command("accounts enable ckry01")
    assert may_log_in(NEW) and "测试甲" in command("accounts list").output
    assert acts() == ["create_account", "set_password", "disable_account", "enable_account"]


def test_a_refused_act_on_an_account_is_not_in_the_log_as_done(command: Command) -> None:
    command("accounts disable nobody", code=1)
    command(CREATE, password="short", code=1)
    command(CREATE, password=OLD)
    command("accounts set-password ckry01", password="short", code=1)
    assert may_log_in(OLD) and acts() == ["create_account"]


def test_a_key_is_listed_and_revoked_once(command: Command, tmp_path: Path) -> None:
    public = Ed25519PrivateKey.generate().public_key()
    (tmp_path / "key.pem").write_bytes(public.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo))
    command(f"peers add health {tmp_path / 'key.pem'}")
    key_id, organisation, _, revoked = command("peers list").output.strip().split("\t")
    command(f"peers revoke {key_id}")
    assert (organisation, revoked) == ("health", "-") and not command("peers list").output.strip().endswith("-")
    command(f"peers revoke {key_id}", code=1)
    assert acts() == ["register_peer_key", "revoke_peer_key"]

"""Accounts and the login, on both engines: who gets in, who rests, and that nobody learns which names exist."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta

import pytest
from argon2 import PasswordHasher
from sqlalchemy import select

from hub.errors import BadInput, NotThere
from hub.identity import accounts, passwords, sessions
from hub.identity.accounts import LoginRefused, LoginRules, NewAccount
from hub.identity.principal import Role, roles_of_a_person
from hub.store.database import Database
from hub.store.tables import accounts as rows
from hub.store.tables import number_series

NOW = datetime(2026, 11, 20, 2, 0, tzinfo=UTC)
QUICK = PasswordHasher(time_cost=1, memory_cost=8, parallelism=1)
RULES = LoginRules(tries=3, rest=timedelta(minutes=15), lasts=timedelta(hours=8), hasher=QUICK)
GOOD, OTHER = "Xixia-2026-x", "Another-2026-y"


def new(database: Database, username: str = "chuangkou1", roles: tuple[str, ...] = ("clerk",)) -> str:
    account = NewAccount("411323", username, "测试甲", "service-centre", roles, GOOD)
    with database.write() as session:
        return accounts.create(session, account, NOW, QUICK)


def log_in(database: Database, password: str = GOOD, at: datetime = NOW, name: str = "chuangkou1") -> sessions.Opened:
    return accounts.log_in(database, RULES, name, password, at)


def refused(database: Database, password: str = "Wrong-2026-z", at: datetime = NOW, name: str = "chuangkou1") -> str:
    with pytest.raises(LoginRefused) as caught:
        log_in(database, password, at, name)
    return str(caught.value)


def test_the_right_password_opens_a_session_for_this_person(database: Database) -> None:
    account_id = new(database)
    opened = log_in(database)
    with database.read() as session:
        person = sessions.seated(session, opened.token, NOW)
    assert person is not None and person.principal.subject == account_id == opened.account_id
    assert person.principal.roles == {Role.CLERK} and person.principal.organisation == "service-centre"


def test_a_user_name_is_read_without_regard_to_case_and_spaces(database: Database) -> None:
    new(database)
    assert log_in(database, name=" ChuangKou1 ")


def test_unknown_wrong_disabled_and_resting_get_the_same_answer(database: Database) -> None:
    answers = {refused(database, name="nobody")}
    disabled = new(database, "tingyong")
    new(database)
    with database.write() as session:
        accounts.disable(session, disabled, NOW)
    answers |= {refused(database), refused(database, GOOD, name="tingyong")}
    answers |= {refused(database), refused(database), refused(database, GOOD)}
    assert len(answers) == 1


class CountingHasher(PasswordHasher):
    verified = 0

    def verify(self, hash: str | bytes, password: str | bytes) -> bool:  # noqa: A002 - the parent's name
        CountingHasher.verified += 1
        return super().verify(hash, password)


def test_an_unknown_name_costs_a_hash_and_a_durable_write_as_a_known_one_does(database: Database) -> None:
    new(database)
    rules = LoginRules(tries=3, hasher=CountingHasher(time_cost=1, memory_cost=8, parallelism=1))
    for name in ("nobody", "chuangkou1"):
        before = CountingHasher.verified
        with pytest.raises(LoginRefused):
            accounts.log_in(database, rules, name, "Wrong-2026-z", NOW)
        assert CountingHasher.verified == before + 1
    with database.read() as session:
        assert session.execute(select(number_series.c.next)).scalar_one() == 3  # two were given


def test_an_account_rests_after_wrong_tries_and_wakes_by_itself(database: Database) -> None:
    new(database)
    for _ in range(3):
        refused(database)
    refused(database, GOOD, NOW + timedelta(minutes=14))
    assert log_in(database, at=NOW + timedelta(minutes=16))


def test_tries_during_the_rest_do_not_lengthen_it(database: Database) -> None:
    new(database)
    for minute in range(12):
        refused(database, at=NOW + timedelta(minutes=minute))
    assert log_in(database, at=NOW + timedelta(minutes=18))


def test_a_good_login_clears_the_count(database: Database) -> None:
    new(database)
    for _ in range(3):
        refused(database)
        refused(database, at=NOW + timedelta(minutes=20))
        assert log_in(database, at=NOW + timedelta(minutes=40))


def test_tries_at_once_are_all_counted(database: Database) -> None:
    new(database)
    with ThreadPoolExecutor(6) as threads:
        list(threads.map(lambda _: refused(database), range(6)))
    refused(database, GOOD)


def test_a_disabled_account_loses_its_sessions_at_once(database: Database) -> None:
    account_id, opened = new(database), log_in(database)
    with database.write() as session:
        accounts.disable(session, account_id, NOW)
        assert sessions.seated(session, opened.token, NOW) is None
        accounts.enable(session, account_id)
    assert log_in(database)


def test_a_changed_password_replaces_the_old_one_and_ends_sessions(database: Database) -> None:
    account_id, opened = new(database), log_in(database)
    accounts.change_password(database, RULES, account_id, GOOD, OTHER, NOW)
    with database.read() as session:
        assert sessions.seated(session, opened.token, NOW) is None
    refused(database, GOOD)
    assert log_in(database, OTHER)


def test_a_password_is_not_changed_without_the_present_one(database: Database) -> None:
    account_id = new(database)
    with pytest.raises(LoginRefused):
        accounts.change_password(database, RULES, account_id, OTHER, OTHER, NOW)
    assert log_in(database)


def test_an_operators_new_password_wakes_a_resting_account(database: Database) -> None:
    account_id = new(database)
    for _ in range(3):
        refused(database)
    with database.write() as session:
        accounts.set_password(session, account_id, OTHER, NOW, QUICK)
    assert log_in(database, OTHER)


def test_a_user_name_is_given_once(database: Database) -> None:
    new(database)
    with pytest.raises(BadInput) as caught:
        new(database)
    assert caught.value.code == "USERNAME_TAKEN"


def test_the_password_is_stored_as_an_argon2id_hash(database: Database) -> None:
    new(database)
    with database.read() as session:
        stored = session.execute(select(rows.c.password_hash)).scalar_one()
        assert accounts.principal(session, session.execute(select(rows.c.id)).scalar_one()).name == "测试甲"
    assert stored.startswith("$argon2id$") and GOOD not in stored


def test_an_account_that_does_not_exist_is_named_so(database: Database) -> None:
    for act in (accounts.enable, accounts.principal):
        with pytest.raises(NotThere), database.write() as session:
            act(session, "nobody")


@pytest.mark.parametrize(
    "password",
    ["Short-1", "alllowercase1", "ALLUPPERCASE", "1234567890123", "Aa1-Aa1-Aa1-", "Chuangkou1-2026", "x" * 201],
)
def test_a_weak_password_is_refused_without_repeating_it(password: str) -> None:
    with pytest.raises(BadInput) as caught:
        passwords.checked(password, "chuangkou1")
    assert caught.value.code == "PASSWORD_WEAK" and password not in str(caught.value)


@pytest.mark.parametrize(
    "password", ["Xixia-2026", "five words of plain text", "办事群众少跑腿数据多跑路西峡县政务服务中心"]
)
def test_a_good_password_is_taken(password: str) -> None:
    assert passwords.checked(password, "chuangkou1") == password


def clashing() -> Iterator[tuple[str, str]]:
    people = ["operator", "catalog_manager", "auditor"]
    yield from ((a, b) for a in people for b in people if a < b)
    yield from ((a, b) for a in ("operator", "auditor") for b in ("clerk", "reviewer"))
    yield "clerk", "reviewer"


@pytest.mark.parametrize("pair", list(clashing()), ids="+".join)
def test_powers_that_must_stay_apart_are_never_one_account(database: Database, pair: tuple[str, str]) -> None:
    with pytest.raises(BadInput) as caught:
        new(database, roles=pair)
    assert caught.value.code == "ROLES_CLASH"


@pytest.mark.parametrize("roles", [[], ["platform"], ["clerk", "department"], ["root"]])
def test_an_account_has_a_persons_roles_only(roles: list[str]) -> None:
    with pytest.raises(BadInput) as caught:
        roles_of_a_person(roles)
    assert caught.value.code == "ROLE_UNKNOWN"


def test_a_department_reviewer_may_keep_the_departments_folder() -> None:
    assert roles_of_a_person(["reviewer", "catalog_manager"]) == {Role.REVIEWER, Role.CATALOG_MANAGER}

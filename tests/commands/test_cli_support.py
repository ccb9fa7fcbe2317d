import os
import pwd

import pytest

import config
from commands import cli_support


@pytest.fixture
def set_uid(monkeypatch):
    """Set the uid of the process, and the names of the uids 1001 and 1002."""
    names = {0: "root", 1001: "xiaoli", 1002: "boss"}

    def get_entry(uid):
        return pwd.struct_passwd((names[uid], "x", uid, uid, "", "/", "/bin/sh"))

    monkeypatch.setattr(pwd, "getpwuid", get_entry)
    monkeypatch.delenv("SUDO_UID", raising=False)
    return lambda uid: monkeypatch.setattr(os, "getuid", lambda: uid)


@pytest.mark.parametrize("variable", ["LOGNAME", "USER", "LNAME", "USERNAME", "SUDO_USER"])
def test_n04_a_name_in_the_environment_does_not_change_the_operator(set_uid, monkeypatch, variable):
    set_uid(1001)
    monkeypatch.setenv(variable, "boss")
    assert cli_support.current_operator().name == "xiaoli"


def test_n04_the_user_who_called_sudo_is_the_operator(set_uid, monkeypatch):
    set_uid(0)
    assert cli_support.current_operator().name == "root"
    monkeypatch.setenv("SUDO_UID", "1001")
    assert cli_support.current_operator().name == "xiaoli"


def test_n04_sudo_uid_of_a_process_that_is_not_root_does_not_count(set_uid, monkeypatch):
    set_uid(1001)
    monkeypatch.setenv("SUDO_UID", "1002")
    assert cli_support.current_operator().name == "xiaoli"


@pytest.mark.parametrize("text", ["", "boss", "-1", "1e3", "²", "1" * 11])
def test_n04_an_invalid_sudo_uid_is_ignored(set_uid, text):
    set_uid(0)
    assert config.find_sudo_uid({"SUDO_UID": text}) is None


@pytest.mark.parametrize("uid", [4242, 9_999_999_999])
def test_n04_a_user_without_a_name_is_named_by_the_uid(set_uid, monkeypatch, uid):
    set_uid(0)
    monkeypatch.setenv("SUDO_UID", str(uid))
    assert cli_support.current_operator().name == f"uid:{uid}"

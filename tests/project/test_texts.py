"""What no file of the repository may say."""

import re

from tests.project.repository import texts

HOSTS_WE_NAME = {
    # this machine, and names that are reserved for examples
    "127.0.0.1",
    "0.0.0.0",  # noqa: S104 - a word to look for, nothing listens
    "[::1]",
    # papers, standards and licences
    "doi.org",
    "json-schema.org",
    "keepachangelog.com",
    "semver.org",
    "www.apache.org",
    "www.w3.org",
}
URL = re.compile(r"\b(?:https?|wss?|ftp|git\+ssh)://([^/\s:\"'`)>\]},;]+|\[::1\])")
WORKPLACE = re.compile(r"(?<![\w.~])/(?:work|home|root|Users|mnt|workspace)/\w|\.\./shared")
LOOSE_END = re.compile(
    r"\b(?:TODO|FIXME|XXX)\b|NotImplementedError|pytest\.(?:mark\.)?(?:skip|xfail)"
)


def is_reserved_for_examples(host: str) -> bool:
    reserved = (".example", ".invalid", ".localhost", ".test", "example.org", "example.com")
    return host.endswith(reserved) or "." not in host  # a bare word stands for a name


def test_only_hosts_that_a_reader_needs_are_named() -> None:
    strangers = {
        (name, host)
        for name, text in texts()
        for host in URL.findall(text)
        if host not in HOSTS_WE_NAME
        and not is_reserved_for_examples(host)
        and not host.startswith(("{", "$", "%"))
    }
    assert strangers == set()


def test_no_file_names_a_place_on_somebodys_machine() -> None:
    found = {
        (name, match.group())
        for name, text in texts()
        for match in WORKPLACE.finditer(text)
        if name != "tests/project/test_texts.py"
    }
    assert found == set()


def test_nothing_is_left_for_later_in_the_code() -> None:
    found = {
        (name, match.group())
        for name, text in texts()
        if name.endswith((".py", ".js", ".css", ".html")) and name != "tests/project/test_texts.py"
        for match in LOOSE_END.finditer(text)
    }
    assert found == set()

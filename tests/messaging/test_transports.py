from __future__ import annotations

import stat
from email import message_from_bytes
from email.policy import default
from typing import Any
from urllib.parse import urlsplit

import pytest

from messaging.make import mail_server, message, put, rows
from tollkeeper.core.errors import Misconfigured
from tollkeeper.core.ids import new_id
from tollkeeper.messaging.delivery import deliver_due
from tollkeeper.messaging.errors import NotSent
from tollkeeper.messaging.letters import Letter, html_of
from tollkeeper.messaging.transports import MailServer, transport_for

SENDER = "Shop <shop@example.com>"


def letter(**rest):
    words = {"recipient": "buyer@example.com", "subject": "Receipt", "text": "Thank you.\n", "html": ""}
    facts: dict[str, Any] = {"id": new_id(), "language": "en", "attempt": 1, "possible_repeat": False}
    return Letter(**facts | words | rest)


def test_console_prints_the_link_whole(capsys):
    link = "https://shop.example.com/account/link/?token=" + "a" * 80 + "&next=%2F"

    transport_for("console:", sender=SENDER).send(letter(text=f"Open this:\n\n{link}\n"))

    assert link in capsys.readouterr().out


def test_folder_keeps_each_attempt(tmp_path):
    transport = transport_for(f"file:{tmp_path / 'mail'}", sender=SENDER)
    one = letter(subject="Zażółć")

    transport.send(one)
    transport.send(
        Letter(one.id, *("buyer@example.com", "Zażółć", "Again.\n", "", "en"), attempt=2, possible_repeat=True)
    )

    kept = [message_from_bytes(file.read_bytes(), policy=default) for file in sorted((tmp_path / "mail").iterdir())]
    assert [mail["Subject"] for mail in kept] == ["Zażółć", "Possible repeat: Zażółć"]
    assert stat.S_IMODE((tmp_path / "mail").stat().st_mode) == 0o700


def test_folder_that_cannot_be_written_is_tried_again(tmp_path):
    (tmp_path / "mail").write_text("in the way")

    with pytest.raises(NotSent, match="folder for mails cannot be written"):
        transport_for(f"file:{tmp_path / 'mail'}", sender=SENDER).send(letter())


@pytest.mark.parametrize("url", ["", "mail", "file:", "ftp://u:hush@host", "smtp://u:hush@host:no", "smtp://u:hush@[x"])
def test_wrong_address_of_a_transport_is_explained_without_its_password(url):
    with pytest.raises(Misconfigured, match="TOLLKEEPER_EMAIL_URL is none of") as refused:
        transport_for(url, sender=SENDER)

    assert "hush" not in refused.value.sentence


def test_sender_must_be_an_address():
    with pytest.raises(Misconfigured, match="TOLLKEEPER_EMAIL_FROM"):
        transport_for("console:", sender="Shop")


def test_server_that_is_away_is_tried_again(connection):
    put(connection, message())
    with mail_server() as (_, url):
        pass

    deliver_due(connection, transport=MailServer(urlsplit(url), sender=SENDER, timeout_seconds=2))

    assert rows(connection, "state, possible_repeat") == [("waiting", False)]


def test_password_is_not_sent_in_the_clear():
    with mail_server("127.0.0.2") as (mailbox, url):
        open_address = urlsplit(url.replace("smtp://", "smtp://user:hush@"))

        with pytest.raises(NotSent, match="a password is not sent in the clear"):
            MailServer(open_address, sender=SENDER, timeout_seconds=2).send(letter())

    assert mailbox.mails == []


def test_several_letters_share_one_dialogue(transport, mailbox):
    for number in range(3):
        transport.send(letter(subject=f"number {number}"))

    assert mailbox.subjects == ["number 0", "number 1", "number 2"]
    assert len(set(mailbox.peers)) == 1


def test_long_lines_and_lone_dots_arrive_as_written(transport, mailbox):
    text = "." + "x" * 2000 + "\n.\nżółć\n"

    transport.send(letter(text=text))

    assert mailbox.mails[0].get_content().replace("\r\n", "\n") == text


def test_html_of_a_text_escapes_all_but_links():
    html = html_of("Hello <b>\n\nhttps://example.com/?a=1&b=2\nsecond line")

    assert "<p>Hello &lt;b&gt;</p>" in html
    assert '<a href="https://example.com/?a=1&amp;b=2">https://example.com/?a=1&amp;b=2</a><br>second line' in html

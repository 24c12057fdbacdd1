from __future__ import annotations

import psycopg
import pytest
from django.db import OperationalError
from django.test import RequestFactory, override_settings
from psycopg_pool import PoolTimeout

from tollkeeper.storefront import views_errors


def page_after(error: type[Exception]):
    try:
        fail(error)
    except error:
        return views_errors.server_error(RequestFactory().get("/"))


def fail(error: type[Exception]):
    raise error("secret_column")


@pytest.mark.parametrize("error", [OperationalError, PoolTimeout, psycopg.OperationalError])
def test_lost_database_asks_to_come_again(error):
    page = page_after(error)

    assert page.status_code == 503
    assert page["Retry-After"] == "5"
    assert "reload the page in a few seconds" in page.content.decode()


def test_fault_of_ours_says_so_and_shows_nothing_inside():
    page = page_after(KeyError)

    assert page.status_code == 500
    assert "The mistake is ours" in page.content.decode()
    assert "secret_column" not in page.content.decode()


def test_pages_answer_503_while_the_database_is_away(course, browser):
    client = browser(raise_request_exception=False)
    with override_settings(ROOT_URLCONF="storefront.broken_urls"):
        page = client.get("/lost")

    assert page.status_code == 503
    assert "One moment, please" in page.text


def test_host_that_is_not_ours_is_refused_without_a_trace(db, browser):
    with override_settings(ALLOWED_HOSTS=["shop.example.com"]):
        page = browser().get("/", HTTP_HOST="evil.example")

    assert page.status_code == 400
    assert "Traceback" not in page.text
    assert psycopg.__name__ not in page.text

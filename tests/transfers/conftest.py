"""Proofs lie in a folder of the test's own."""

from __future__ import annotations

import pytest

import storefront.conftest as shop

browser, loop, gateway, sandbox_process = shop.browser, shop.loop, shop.gateway, shop.sandbox_process
buyer, course, staff, plain_static_files = shop.buyer, shop.course, shop.staff, shop.plain_static_files

BANK = {
    "BANK_ACCOUNT_HOLDER": "Sample School",
    "BANK_NAME": "Sample Bank",
    "BANK_ACCOUNT": "000 000 0000",
    "BANK_CODE": "000000",
    "BANK_SWIFT": "SAMPZAJJ",
}


@pytest.fixture(autouse=True)
def data_dir(tmp_path, monkeypatch):
    from tollkeeper.core.settings import settings

    monkeypatch.setenv("TOLLKEEPER_DATA_DIR", str(tmp_path))
    for name, value in BANK.items():
        monkeypatch.setenv(f"TOLLKEEPER_{name}", value)
    settings.cache_clear()
    yield tmp_path
    monkeypatch.undo()
    settings.cache_clear()


@pytest.fixture
def transfer(buyer, course):
    from transfers import make

    return make.transfer(buyer, course)

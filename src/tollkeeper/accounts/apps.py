from django.apps import AppConfig


class AccountsConfig(AppConfig):
    name = "tollkeeper.accounts"
    label = "accounts"

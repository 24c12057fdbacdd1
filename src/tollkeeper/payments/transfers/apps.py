from django.apps import AppConfig


class TransfersConfig(AppConfig):
    name = "tollkeeper.payments.transfers"
    label = "transfers"

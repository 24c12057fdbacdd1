from django.apps import AppConfig


class CheckoutConfig(AppConfig):
    name = "tollkeeper.checkout"
    label = "checkout"

from django.apps import AppConfig


class RatingsConfig(AppConfig):
    name = "yihu.ratings"
    label = "ratings"
    verbose_name = "客户评级"

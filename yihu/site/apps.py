from django.apps import AppConfig


class SiteConfig(AppConfig):
    name = "yihu.site"
    label = "site"
    verbose_name = "一户"

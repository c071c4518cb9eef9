from django.apps import AppConfig


class GrantsConfig(AppConfig):
    name = "yihu.grants"
    label = "grants"
    verbose_name = "查询权限"

from django.apps import AppConfig


class DutiesConfig(AppConfig):
    name = "yihu.duties"
    label = "duties"
    verbose_name = "更新任务"

    def ready(self) -> None:
        """Hear of the deeds that fulfil duties or bring new ones."""
        from yihu.audit.actions import subscribe
        from yihu.duties import hearing

        for verbs, handler in (
            (hearing.OF_A_UNIT, hearing.on_deed),
            (hearing.OF_A_FILE, hearing.on_file),
            (hearing.OF_SOME_FILES, hearing.on_files),
            (hearing.OF_GROUP, hearing.on_deed_of_group),
            (hearing.APPROVALS, hearing.on_approval),
            ((hearing.ADOPTION,), hearing.on_adoption),
            ((hearing.CONTRACT_LEDGER,), hearing.on_contracts),
            ((hearing.CUSTOMER_LEDGER,), hearing.on_customers),
            ((hearing.MONTHLY_LEDGER,), hearing.on_months),
            ((hearing.RATING_LIST,), hearing.on_rating_list),
        ):
            for verb in verbs:
                subscribe(verb, handler)

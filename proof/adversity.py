"""A full disk, a database that restarts, a clock that jumps, two workers, jobs that come twice.

The clerks of `proof kills` work on by HTTP through each; afterwards everything that anybody was
told was done is there, nothing is there by half or twice, and whoever was refused was told so by a
Chinese sentence that says what it was (counted by status and heading).

- files full: the folder of uploads is a tmpfs of 3 MiB, filled. Root mounts it; who may not mount
  is told so and the part does not hold.
- database full: the data folder lies on a tmpfs that ends 24 MiB above what it holds, filled to
  the last byte while clerks work; then the room is given back and the server started.
- database restarted: as its own `pg_ctl restart` does, `trials` times, while clerks work.
- clock: web and worker are moved by libfaketime (the package of that name) 40 days on, 80 back and
  home, while they run; where it is absent, by YIHU_TODAY between two starts, and it says so. The
  log is sealed at each: lines of a time that no seal saw look written in afterwards, and rightly.
- two workers: on one queue; no event is sent twice, for nobody is killed.
- duplicate jobs: every kind of job that clerks ask for, deferred again and again, two at a time.
"""

import os
import shutil
import subprocess
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from django.conf import settings
from django.db import connections

from proof._clerks import Clerk, Uploader
from proof._site import Site, eventually
from proof.kills import (
    SETTLE_SECONDS,
    Stage,
    asked,
    at_work,
    missing_among,
    settle,
    stage,
    there,
)
from tests.dossiers.files import TODAY
from yihu.access.entering import for_group, ticket
from yihu.audit.chain import seal
from yihu.duties.jobs import sweep
from yihu.intake import jobs as intake
from yihu.intake.choices import ImportState
from yihu.intake.models import Import
from yihu.kit.postgres import Cluster
from yihu.outbox.jobs import publish
from yihu.papers import jobs as papers

FIGURE, TRIALS, SEED = "adversity", 5, 10
FILES_BYTES, SPARE_BYTES = 3 * 2**20, 24 * 2**20
JUMPS = ("+40d", "-26h", "+0")
FAKETIME = "/usr/lib/*/faketime/libfaketime.so.1"
WORK_SECONDS = 6.0
FULL, AWAY = "存储空间已满", "数据库暂时连接不上"


@contextmanager
def small_disk(place: Path, size: int) -> Iterator[Callable[[], None]]:
    """The folder on a disk of its own, with what it held; inside: fill it to the last byte."""
    kept = place.with_name(place.name + ".kept")
    owner = place.stat()
    place.rename(kept)
    place.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "none", str(place)], check=True)
    os.chown(place, owner.st_uid, owner.st_gid)
    place.chmod(0o700)
    shutil.copytree(kept, place, symlinks=True, dirs_exist_ok=True)
    own_as(kept, place)
    try:
        yield lambda: fill(place)
    finally:
        (place / "ballast").unlink(missing_ok=True)
        shutil.rmtree(kept)
        shutil.copytree(place, kept, symlinks=True)
        own_as(place, kept)
        subprocess.run(["umount", "-l", str(place)], check=True)
        place.rmdir()
        kept.rename(place)


def own_as(like: Path, copy: Path) -> None:
    """The copy belongs to whom the original does, with the same rights."""
    for path in (like, *like.rglob("*")):
        there, found = copy / path.relative_to(like), path.lstat()
        os.chown(there, found.st_uid, found.st_gid, follow_symlinks=False)
        if not path.is_symlink():
            there.chmod(found.st_mode & 0o7777)


def fill(place: Path) -> None:
    """Nothing more goes in."""
    with (place / "ballast").open("wb", buffering=0) as file:
        try:
            while True:
                file.write(b"\0" * 4096)
        except OSError:
            return


def may_mount() -> bool:
    """Whether a disk of one's own can be had."""
    with tempfile.TemporaryDirectory() as folder:
        command = ["mount", "-t", "tmpfs", "-o", "size=65536", "none", folder]
        done = subprocess.run(command, check=False, capture_output=True)
        if done.returncode == 0:
            subprocess.run(["umount", folder], check=True)
    return done.returncode == 0


def told(clerks: Sequence[Clerk]) -> Counter[str]:
    """What the clerks were answered where it did not work: status and heading."""
    found: Counter[str] = Counter()
    for person in {id(clerk.person): clerk.person for clerk in clerks}.values():
        found.update(person.refused)
    return found


def work(on: Stage, meanwhile: Callable[[], object]) -> dict[str, Any]:
    """They work before, during and after; what they were told, and what is missing of it."""
    before = told(on.clerks)
    with at_work(on.clerks, on.faults):
        time.sleep(WORK_SECONDS / 2)
        meanwhile()
        time.sleep(WORK_SECONDS / 2)
    refused = told(on.clerks) - before
    return {"refused": dict(refused), "lost": missing_among(on.clerks, [0] * len(on.clerks))}


def only(found: dict[str, Any], *allowed: str) -> bool:
    """Whether somebody was refused, and nobody in other words."""
    said = found["refused"]
    return bool(said) and all(any(word in one for word in allowed) for one in said)


# The parts ---------------------------------------------------------------------------------------


def files_full(on: Stage) -> dict[str, Any]:
    """No upload is taken, each is refused by what it is; what needs no room goes on."""
    folder = Path(settings.MEDIA_ROOT)
    folder.mkdir(parents=True, exist_ok=True)
    savers = {clerk.name: len(clerk.told) for clerk in on.clerks}
    with small_disk(folder, sum(f.stat().st_size for f in folder.rglob("*")) + FILES_BYTES) as full:

        def meanwhile() -> None:
            full()
            time.sleep(WORK_SECONDS)
            (folder / "ballast").unlink()

        found = work(on, meanwhile)
    found["parts_left_behind"] = len(list(folder.rglob(".part-*")))
    found["autosaves_meanwhile"] = (
        sum(len(clerk.told) for clerk in on.clerks if clerk.name == "autosave") - savers["autosave"]
    )
    found["held"] = not found["lost"] and not found["parts_left_behind"] and only(found, FULL)
    return found


def database_full(on: Stage) -> dict[str, Any]:
    """It stops, and says so; with room again it is started and holds all that was acknowledged."""
    assert on.site.cluster is not None
    cluster = on.site.cluster
    stop_database(cluster)
    used = int(subprocess.run(["du", "-sb", str(cluster.data)], check=True, capture_output=True,
                              text=True).stdout.split()[0])  # fmt: skip
    with small_disk(cluster.data, used + SPARE_BYTES + used // 10) as full:
        on.site.start_database()
        restored(on.site)

        def meanwhile() -> None:
            full()
            time.sleep(WORK_SECONDS)
            (cluster.data / "ballast").unlink()
            stop_database(cluster)  # it may hang in a recovery that had no room
            on.site.start_database()
            restored(on.site)

        found = work(on, meanwhile)
        stop_database(cluster)
    on.site.start_database()
    restored(on.site)
    found["held"] = not found["lost"] and only(found, FULL, AWAY)
    return found


def stop_database(cluster: Cluster) -> None:
    """As an administrator stops it."""
    connections.close_all()
    cluster.stop()


def restored(site: Site) -> None:
    """It serves again, with whatever had ended started again."""
    assert eventually(there)
    assert eventually(site.answers), "the web does not come back"
    site.keep()


def restarted(on: Stage, trials: int) -> dict[str, Any]:
    """A restart under load, so many times."""
    assert on.site.cluster is not None
    cluster = on.site.cluster

    def meanwhile() -> None:
        for _turn in range(trials):
            stop_database(cluster)
            time.sleep(0.5)
            on.site.start_database()
            restored(on.site)
            time.sleep(1)

    found = work(on, meanwhile)
    found["held"] = not found["lost"] and only(found, AWAY)
    return found


def clock(on: Stage) -> dict[str, Any]:
    """The machine's clock on by 40 days, back by 41, and home; people sign in where they must."""
    assert on.site.cluster is not None
    cluster = on.site.cluster
    library = next(Path("/").glob(FAKETIME[1:]), None)
    stamp = Path(tempfile.mkdtemp(prefix="yihu-clock-")) / "clock"
    stamp.parent.chmod(0o755)  # the database runs as a user of its own
    stamp.write_text("+0")
    names, before = list(on.site.running), on.site.more
    today = {name: value for name, value in before.items() if name != "YIHU_TODAY"}
    faked = {
        "LD_PRELOAD": str(library), "FAKETIME_TIMESTAMP_FILE": str(stamp), "FAKETIME_NO_CACHE": "1",
        "FAKETIME_DONT_FAKE_MONOTONIC": "1",
    }  # fmt: skip
    if library is not None:
        on.site.more = {**today, **faked}
        stop_database(cluster)
        os.environ |= faked  # of the server that is started now, not of this process
        on.site.start_database()
        for name in faked:
            del os.environ[name]
        again(on.site, names)
    people = {id(clerk.person): clerk.person for clerk in on.clerks}.values()
    let_in = 0

    def meanwhile() -> None:
        nonlocal let_in
        for jump in JUMPS:
            if library is not None:
                stamp.write_text(jump)
            else:
                days = {"d": 1, "h": 1 / 24}.get(jump[-1], 0) * float(jump[:-1])
                on.site.more = {**before, "YIHU_TODAY": str(TODAY + timedelta(days))}
                again(on.site, names)
            let_in += sum(eventually(person.sign_in) for person in people)
            time.sleep(WORK_SECONDS)
            with for_group():
                seal()  # as happens each minute: who saw the clock as it was

    found = work(on, meanwhile)
    on.site.more = before
    if library is not None:
        stop_database(cluster)
        on.site.start_database()
    again(on.site, names)
    shutil.rmtree(stamp.parent)
    found["by"] = "libfaketime" if library is not None else "YIHU_TODAY"
    found["signed_in_again"] = let_in
    found["held"] = (
        not found["lost"] and not found["refused"] and let_in == len(JUMPS) * len(people)
    )
    return found


def again(site: Site, names: Sequence[str]) -> None:
    """The processes started anew."""
    for name in names:
        site.kill(name)
    site.start(*names)


def two_workers(on: Stage) -> dict[str, Any]:
    """Nobody is killed: each event is taken once, each job done once."""
    before = len(on.taker.lines())
    numbers = {event["number"] for event in on.taker.events()}
    on.site.start("worker2")
    found = work(on, lambda: time.sleep(WORK_SECONDS))
    with for_group():
        found["settled"] = settle(on.site, on.clerks, SETTLE_SECONDS)
    taken = on.taker.events()[before:]
    fresh = [event["number"] for event in taken]
    found["taken"], found["taken_twice"] = len(fresh), len(fresh) - len({*fresh} - numbers)
    found["held"] = (
        not found["lost"] and found["settled"] and not found["taken_twice"] and len(fresh) > 0
    )
    return found


def duplicate_jobs(
    clerks: Sequence[Clerk], times: int, settled: Callable[[], bool]
) -> dict[str, Any]:
    """The jobs of every import and document again, and the planning and publishing beside them."""
    user = clerks[0].person.user
    settled()  # what waits for its first time does not count
    before = {kind: count(kind) for kind in ("imported", "versions", "duties", "published")}
    with for_group():
        for row in Import.objects.filter(by=user, state=ImportState.COMMITTED)[:5]:
            key = str(row.pk)
            for _turn in range(times):
                intake.preview.defer(import_id=key, ticket=ticket(user.pk, "intake.preview", key))
                intake.commit.defer(
                    import_id=key, ticket=ticket(user.pk, "intake.commit", key), digest=row.digest
                )
        uploaders = [clerk for clerk in clerks if isinstance(clerk, Uploader)]
        for uploader in uploaders:
            for document in uploader.file.documents.all()[:5]:
                for _turn in range(times):
                    papers.read.defer(document_id=str(document.pk))
        for turn in range(times):
            sweep.configure(queueing_lock=f"again {turn}").defer(timestamp=0)
            publish.configure(queueing_lock=f"publish {turn}", lock=f"publish {turn}").defer(
                timestamp=0
            )
        waiting = asked("SELECT count(*) FROM procrastinate_jobs WHERE status = 'todo'")[0][0]
        done = settled()
    after = {kind: count(kind) for kind in before}
    return {
        "deferred": waiting,
        "before": before,
        "after": after,
        "held": done and waiting > 0 and before == after,
    }


COUNTS = {
    "imported": "SELECT count(*) FROM audit_event WHERE verb = 'customers.imported'",
    "versions": "SELECT count(*) FROM dossiers_fileversion",
    "duties": "SELECT count(*) FROM duties_duty",
    "published": "SELECT count(*) FROM outbox_published",
}


def count(kind: str) -> int:
    """Rows of a kind, as the group sees them."""
    with for_group():
        return int(asked(COUNTS[kind])[0][0])


def run(trials: int, seed: int, *, cluster: Cluster) -> dict[str, Any]:
    """Every part on one installation, and at the end all is asked again."""
    parts: dict[str, dict[str, Any]] = {}
    with stage(seed, "web", "worker", cluster=cluster) as on:

        def settled() -> bool:
            return settle(on.site, on.clerks, SETTLE_SECONDS)

        parts["two_workers"] = two_workers(on)
        parts["duplicate_jobs"] = duplicate_jobs(on.clerks, trials, settled)
        parts["database_restarted"] = restarted(on, trials)
        parts["clock"] = clock(on)
        if may_mount():
            parts["files_full"] = files_full(on)
            parts["database_full"] = database_full(on)
        else:
            parts["disks"] = {"why": "who runs this may not mount a tmpfs", "held": False}
        amiss = [] if settled() else ["the queue did not empty"]
        amiss += on.amiss()
        counts = on.counts()
    return {
        "trials": trials,
        **parts,
        **counts,
        "amiss": amiss[:20],
        "held": not amiss and all(part["held"] for part in parts.values()),
    }

"""One migration head, and tables that are what the rows say: on an empty database of a cluster made for it."""

import tempfile
from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.script import ScriptDirectory

from gridward.gateways.cluster import Cluster

config = Config(Path(__file__).parents[1] / "alembic.ini")
heads = ScriptDirectory.from_config(config).get_heads()
if len(heads) != 1:
    raise SystemExit(f"migrations have {len(heads)} heads: {', '.join(heads)}")
with tempfile.TemporaryDirectory() as folder:
    Path(folder).chmod(0o711)
    with Cluster(Path(folder) / "postgres", durable=False) as cluster:
        config.attributes["url"] = cluster.ensure_database("gridward")
        command.upgrade(config, "head")
        command.check(config)
        command.downgrade(config, "base")

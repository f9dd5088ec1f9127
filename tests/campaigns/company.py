"""The sample company of examples/company, loaded from its files as staff would load them."""

import json

from cotano import env
from cotano.jobs import actions
from tests import make

FOLDER = env.ROOT / "examples" / "company"
FILES = {"territories": "territories", "campaigns": "campaigns", "roster": "roster", "orders": "orders", "activity": "app_activity"}


def truth():
    return json.loads((FOLDER / "truth.json").read_text())


def load():
    staff = make.staff("Sample Staff")
    for kind, name in FILES.items():
        job = actions.load(staff, kind, (FOLDER / f"{name}.csv").read_bytes(), name=f"{name}.csv")
        assert (name, job.state) == (name, "done")

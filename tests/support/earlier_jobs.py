"""Jobs as earlier versions kept them: today no job file with a second meter is taken in."""

from __future__ import annotations

import json

from hht.store.store import Store
from hht.work.job import Job, job_from_stored

SECOND = {
    "type": "electricity-meter",
    "device_id": "00-DB-12-34-56-78-90-A1",
    "mpan": "1312345678118",
    "randomised_offset_limit_s": 0,
}


def add_second_meter(store: Store, job_id: str) -> Job:
    """Put a second meter into the job that `store` keeps; the job as it is then."""
    (row,) = store.rows("jobs", "job_id = ?", (job_id,))
    plain = json.loads(store.unseal("jobs", "body", job_id, row))
    plain["devices"].append(SECOND)
    body = json.dumps(plain)
    with store.transaction() as database:
        sealed = store.seal("jobs", "body", job_id, body.encode())
        database.execute("UPDATE jobs SET body_sealed = ? WHERE job_id = ?", [sealed, job_id])
    return job_from_stored(body)

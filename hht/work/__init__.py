"""Jobs, walkthroughs as data, and the journal that survives a power cut. Knows no window.

In short::

    visits = VisitStore(store, new_id)                      # visit_store.py
    stored = visits.import_job(text, "J-1042.json")         # job.py, job_check.py: every error by line and field
    journal = visits.create_visit(stored.job_id)            # or visits.journal(visits.latest_visit(job_id).visit_id)
    visit = Visit(stored.job, visits.walkthrough(journal.visit_id), journal, connect, clock, auto=True, ask=ask)
    outcome = await visit.run()                             # visit.py; a journal with entries is resumed

`connect` is a coroutine function that returns an open `hht.client.api.Meter`. Screens get frozen `VisitView`s
(view.py); reports a `VisitRecord` (record.py). A new kind of work is a TOML file in ``resources/walkthroughs`` and,
where it does something new, an action in ``hht/work/actions``.
"""

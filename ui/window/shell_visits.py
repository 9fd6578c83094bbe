"""The part of the window that opens visits, and tells which one is open."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ui.window.shell_sheets import ShellSheets

if TYPE_CHECKING:
    from hht.errors import HhtError
    from hht.work.view import VisitView
    from ui.services import Services, VisitControl


class ShellVisits(ShellSheets):
    """See the module. Only `ui.window.shell.Shell` is one."""

    def __init__(self) -> None:
        super().__init__()
        self._visit_number = 0

    def open_visit(self, job_id: str, *, again: bool = False) -> None:
        """Start or resume the job's visit; of a finished job only `again`."""
        shell = self._shell
        page = shell._visit_page()
        self._visit_number += 1
        number, link = self._visit_number, shell.settings.link

        def show(view: VisitView) -> None:
            if number == self._visit_number:  # a last word of the visit before does not count
                shell._visit_page().show_view(view)
            if view.outcome is not None:
                shell.look_at_outbox()

        async def start(services: Services) -> tuple[VisitControl, VisitView]:
            control = await services.start_visit(job_id, hear, link, again=again)
            return control, control.view

        def begun(started: tuple[VisitControl, VisitView]) -> None:
            page.begin(started[0])
            show(started[1])
            shell.go("visit")

        def refused(error: HhtError) -> None:
            shell.bridge.failed.emit(error)
            if again and self.visit_job() == job_id:  # the core closed it to begin another: it goes on where it stood
                self.open_visit(job_id)

        hear = shell.bridge.newest(show)
        shell.bridge.call(start, begun, refused)

    def visit_view(self) -> VisitView | None:
        """The visit that is open, if there is one."""
        shell = self._shell
        return shell._visit_page().model.view if "visit" in shell._pages else None

    def visit_job(self) -> str:
        """The id of the job whose visit is open; "" where none is."""
        view = self.visit_view()
        return view.job_id if view is not None and view.outcome is None else ""

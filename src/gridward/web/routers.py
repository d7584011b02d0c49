"""All routes of the API. A request looks at one after another: what phones and desks ask for all day comes first."""

from __future__ import annotations

from fastapi import APIRouter

from gridward.web import (
    causes,
    changes,
    changes_stream,
    desk,
    disclosures,
    disclosures_exporting,
    erasure,
    evidence,
    notifications,
    notifications_outward,
    notifications_webhooks,
    sla,
    suspensions,
    territory,
    territory_changes,
    territory_importing,
)
from gridward.web.accounts import importing as roster_importing
from gridward.web.accounts import people, second_step, sign_in
from gridward.web.households import ending, importing, register, revealing, stewards, ties, visits
from gridward.web.interop import tiles
from gridward.web.patrols import completing as patrol_completing
from gridward.web.patrols import exporting as patrol_exporting
from gridward.web.patrols import hours as patrol_hours
from gridward.web.patrols import planning as patrol_planning
from gridward.web.patrols import seeing as patrol_seeing
from gridward.web.patrols import walking as patrol_walking
from gridward.web.progress import clearing, page, sharing
from gridward.web.registers import forms, showing, thanking
from gridward.web.routing import asking, checking, rules
from gridward.web.standards import calendars, names, places, publishing
from gridward.web.standards import reading as standards
from gridward.web.statements import exporting as statement_exporting
from gridward.web.statements import publishing as publications
from gridward.web.statements import stating
from gridward.web.statistics import exporting, figures, listing, supposing
from gridward.web.statistics import people as workers
from gridward.web.tickets import (
    day_list,
    duty,
    kin,
    past,
    planning,
    points,
    proposing,
    reading,
    sending,
    supervision,
    weighing,
)
from gridward.web.unit_links import doing as unit_doing
from gridward.web.unit_links import page as unit_page
from gridward.web.unit_links import sharing as unit_sharing

ROUTERS: tuple[APIRouter, ...] = (
    evidence.router,
    duty.router,
    proposing.router,
    sending.router,
    planning.router,
    points.router,
    reading.router,
    tiles.router,
    changes.router,
    changes_stream.router,
    sign_in.router,
    second_step.router,
    roster_importing.router,
    people.router,
    erasure.router,
    disclosures.router,
    disclosures_exporting.router,
    territory_importing.router,
    past.router,
    territory_changes.router,
    territory.router,
    standards.router,
    publishing.router,
    names.router,
    places.router,
    calendars.router,
    importing.router,
    register.router,
    revealing.router,
    ending.router,
    ties.router,
    stewards.router,
    visits.router,
    asking.router,
    rules.router,
    checking.router,
    sharing.router,
    clearing.router,
    unit_sharing.router,
    kin.router,
    day_list.router,
    weighing.router,
    sla.router,
    supervision.router,
    suspensions.router,
    causes.router,
    showing.router,
    forms.router,
    thanking.router,
    stating.router,
    statement_exporting.router,
    publications.router,
    figures.router,
    workers.router,
    listing.router,
    exporting.router,
    supposing.router,
    desk.router,
    patrol_planning.router,
    patrol_completing.router,
    patrol_walking.router,
    patrol_exporting.router,
    patrol_hours.router,
    patrol_seeing.router,
    notifications.router,
    notifications_outward.router,
    notifications_webhooks.router,
)

OPEN_PAGES: tuple[APIRouter, ...] = (page.router, unit_page.router, unit_doing.router)
"""What the server itself shows to browsers, outside of the API."""
